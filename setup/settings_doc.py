"""Writes docs/settings.md from the settings' own table: `.venv/bin/python -m setup.settings_doc`."""

from __future__ import annotations

import enum
import json
import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from rackwright.settings import Settings

PAGE = Path(__file__).parents[1] / "docs" / "settings.md"
HEAD = """# Settings

One TOML file, given with `--config`, and the environment: `RACKWRIGHT_STATE_DIR=/srv/rackwright`, with two underscores
for a setting of a table, `RACKWRIGHT_DOOR__PORT=8080`. The environment goes before the file. `[[network]]` is repeated
for each network; a `NAME` in a table's head is one of your own. A setting that is not listed here is refused.

`rackwright check` says what is missing or wrong before anything starts.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One setting; `name` has its table in front, `default` is None where it must be given."""

    table: str
    name: str
    type: str
    default: str | None
    help: str


def rows(model: type[BaseModel], table: str = "") -> Iterator[Row]:
    """Every setting of a table, then those of its tables."""
    inner: list[Iterator[Row]] = []
    for name, field in model.model_fields.items():
        below, head = _table_of(field.annotation, name)
        if below is not None:
            inner.append(rows(below, head))
            continue
        yield Row(table, name, _type(field.annotation), _default(field), field.description or "")
    for below in inner:
        yield from below


def page() -> str:
    text, table = HEAD, None
    tables = {head: field.description for name, field in Settings.model_fields.items()
              for below, head in [_table_of(field.annotation, name)] if below}  # fmt: skip
    for row in rows(Settings):
        if row.table != table:
            table = row.table
            head = f"`{table}`: {tables[table]}" if table else "At the top of the file"
            text += f"\n## {head}\n\n| setting | type | default | what it does |\n| --- | --- | --- | --- |\n"
        default = f"`{row.default}`" if row.default is not None else "must be given"
        text += f"| `{row.name}` | {row.type} | {default} | {row.help} |\n"
    return text


def _table_of(annotation: object, name: str) -> tuple[type[BaseModel] | None, str]:
    """The model of a setting that is a table, a list of tables or tables by name, and its head in TOML."""
    inside = typing.get_args(annotation)
    for candidate, head in ((annotation, f"[{name}]"), (inside[-1] if inside else None, "")):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            many = f"[[{name}]]" if typing.get_origin(annotation) is list else f"[{name}.NAME]"
            return candidate, head or many
    return None, ""


def _type(annotation: object) -> str:
    origin, inside = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Literal:
        return " or ".join(f"`{value}`" for value in inside)
    if origin in (types.UnionType, typing.Union):
        return " or ".join(_type(one) for one in inside)
    if origin is list:
        return f"list of {_type(inside[0])}"
    if origin is dict:
        return f"table of {_type(inside[1])} by {_type(inside[0])}"
    assert isinstance(annotation, type)
    if issubclass(annotation, enum.Enum):
        return ", ".join(f"`{one.value}`" for one in annotation)
    names = {
        "str": "text",
        "int": "number",
        "float": "number",
        "bool": "`true` or `false`",
        "Path": "path",
        "NoneType": "nothing",
    }
    return names[annotation.__name__]


def _default(field: FieldInfo) -> str | None:
    if field.is_required():
        return None
    default: object = field.get_default(call_default_factory=False)
    if default is None:
        return "nothing"
    if isinstance(default, enum.Enum):
        default = default.value
    return json.dumps(str(default) if isinstance(default, Path) else default)


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page())
