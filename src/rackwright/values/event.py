"""An event of the timeline: a kind and its values, never a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Scalar = str | int | float | bool | None
Values = Mapping[str, Scalar]


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """`seq` orders the events of a site; `at` is UTC microseconds. `actor` is a token's name,
    `machine` for what a machine said, or `rackwright`. `install` is empty for a machine without one."""

    seq: int
    at: int
    machine: str
    install: str
    kind: str
    values: Values
    actor: str
