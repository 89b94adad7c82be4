"""Who may start, and who may write, now: the longest waiting first, as many as the limits leave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rackwright.decide.lifecycle import STAGES, Holds
from rackwright.values.install import Install, State


@dataclass(frozen=True, slots=True)
class Limits:
    """How many of a site may hold a permit, and how many a slot, at a time."""

    permits: int
    slots: int


@dataclass(frozen=True, slots=True)
class Admitted:
    start: tuple[Install, ...]
    write: tuple[Install, ...]


def admit(
    counts: Mapping[State, int], queued: Sequence[Install], waiting: Sequence[Install], limits: Limits
) -> Admitted:
    """`queued` and `waiting` come in order; `counts` are the live installs of each state."""
    permits = limits.permits - _held(counts, Holds.PERMIT)
    slots = limits.slots - _held(counts, Holds.SLOT)
    return Admitted(tuple(queued[: max(permits, 0)]), tuple(waiting[: max(slots, 0)]))


def _held(counts: Mapping[State, int], what: Holds) -> int:
    return sum(number for state, number in counts.items() if STAGES[state].holds is what)
