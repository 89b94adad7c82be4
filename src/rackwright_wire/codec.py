"""JSON to dataclass and back by the fields' own types, refusing what does not fit. Standard library only.

Unknown fields are ignored, so that an older side can talk to a newer one; missing ones take their default.
"""

from __future__ import annotations

import dataclasses
import enum
import json
import types
import typing
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")


class NotAMessage(ValueError):
    """What arrived is not the message that was expected; the text says which field."""


def encode(message: Any) -> bytes:
    """A message dataclass as compact JSON (UTF-8)."""
    return json.dumps(dataclasses.asdict(message), separators=(",", ":")).encode()


def decode(kind: type[T], data: bytes) -> T:
    """Parses JSON bytes into `kind`; raises NotAMessage naming the field that does not fit."""
    try:
        value = json.loads(data, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise NotAMessage(f"not JSON: {error}") from error
    return typing.cast("T", _build(kind, value, kind.__name__))


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


@cache
def _fields(kind: type) -> tuple[tuple[str, Any, bool], ...]:
    hints = typing.get_type_hints(kind)
    return tuple(
        (
            f.name,
            hints[f.name],
            f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING,
        )
        for f in dataclasses.fields(kind)
    )


def _build(kind: Any, value: Any, where: str) -> Any:
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        return _build_union(args, value, where)
    if origin is tuple:
        if not isinstance(value, list):
            raise NotAMessage(f"{where}: a list is expected")
        items = typing.cast("list[Any]", value)
        return tuple(_build(args[0], item, f"{where}[{i}]") for i, item in enumerate(items))
    if origin is dict:
        if not isinstance(value, dict):
            raise NotAMessage(f"{where}: an object is expected")
        entries = typing.cast("dict[str, Any]", value)
        return {_sound_text(k, where): _build(args[1], v, f"{where}.{k}") for k, v in entries.items()}
    if dataclasses.is_dataclass(kind):
        return _build_dataclass(typing.cast("type", kind), value, where)
    return _build_scalar(kind, value, where)


def _build_union(kinds: tuple[Any, ...], value: Any, where: str) -> Any:
    if value is None and types.NoneType in kinds:
        return None
    others = tuple(kind for kind in kinds if kind is not types.NoneType)
    if len(others) == 1:
        return _build(others[0], value, where)  # its own complaint names the field inside
    for kind in others:
        if not (kind in (int, float) and isinstance(value, bool)):
            try:
                return _build(kind, value, where)
            except NotAMessage:
                continue
    raise NotAMessage(f"{where}: {value!r:.80} does not fit")


def _build_dataclass(kind: type, value: Any, where: str) -> Any:
    if not isinstance(value, dict):
        raise NotAMessage(f"{where}: an object is expected")
    given = typing.cast("dict[str, Any]", value)
    built: dict[str, Any] = {}
    for name, hint, required in _fields(kind):
        if name in given:
            built[name] = _build(hint, given[name], f"{where}.{name}")
        elif required:
            raise NotAMessage(f"{where}.{name} is missing")
    return kind(**built)


def _build_scalar(kind: Any, value: Any, where: str) -> Any:
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        try:
            return kind(value)
        except ValueError as error:
            raise NotAMessage(f"{where}: {value!r:.80} is not one of {[m.value for m in kind]}") from error
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not kind:
        raise NotAMessage(f"{where}: {value!r:.80} is not {kind.__name__}")
    if isinstance(value, str):
        return _sound_text(value, where)
    return value


def _sound_text(value: str, where: str) -> str:
    """A lone half of a surrogate pair and NUL pass JSON, but no database and no UTF-8 file takes them."""
    if "\0" in value or (not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value)):
        raise NotAMessage(f"{where}: the text has characters that cannot be stored")
    return value
