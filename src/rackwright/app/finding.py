"""What a check of this host found: a level, a key for words, and a hint on what to do."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field


class Level(enum.StrEnum):
    """`warning`: works, but worse than it could; `error`: something will not work."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """`key` and `hint` are put into words with the same `values`; an empty hint says nothing needs doing."""

    level: Level
    key: str
    values: Mapping[str, object] = field(default_factory=dict[str, object])
    hint: str = ""


def good(key: str, **values: object) -> Finding:
    return Finding(Level.OK, key, values)


def warning(key: str, hint: str, **values: object) -> Finding:
    return Finding(Level.WARNING, key, values, hint)


def error(key: str, hint: str, **values: object) -> Finding:
    return Finding(Level.ERROR, key, values, hint)
