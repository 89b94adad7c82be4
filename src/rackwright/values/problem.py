"""Something wrong with what was given, as a value: for reports that name many at once."""

from __future__ import annotations

from dataclasses import dataclass, field

from rackwright.values.event import Scalar, Values


@dataclass(frozen=True, slots=True)
class Problem:
    """`key` and `values` are put into words when read."""

    key: str
    values: Values = field(default_factory=lambda: dict[str, Scalar]())
