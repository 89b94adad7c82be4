"""For how long permits and slots are held, from the steps of installs that gave theirs back lately."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from rackwright.decide.lifecycle import Trigger

# From which step to which a thing is held.
_STAYS = {
    "start_s": (Trigger.PERMITTED, Trigger.MATCHED),
    "power_s": (Trigger.PERMITTED, Trigger.BOOTED),
    "write_s": (Trigger.SLOT_GIVEN, Trigger.HANDED_OVER),
}
STEPS = frozenset(trigger for stay in _STAYS.values() for trigger in stay)


@dataclass(frozen=True, slots=True)
class Pace:
    """Medians in seconds, 0 where nobody held one lately: a permit, a place in the stagger of a rack's power, a slot."""

    start_s: int = 0
    power_s: int = 0
    write_s: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    install: str
    trigger: Trigger
    at: int


def pace_of(steps: Iterable[Step], before: Pace) -> Pace:
    """`steps` come in order within an install. Where they show nothing, the pace stays as it was `before`."""
    begun: dict[tuple[str, Trigger], int] = {}
    stays: dict[str, list[int]] = {name: [] for name in _STAYS}
    for step in steps:
        for name, (first, last) in _STAYS.items():
            since = begun.get((step.install, first))
            if step.trigger is last and since is not None:
                stays[name].append((step.at - since) // 1_000_000)
        begun[step.install, step.trigger] = step.at
    known = {name: max(1, int(median(seconds))) for name, seconds in stays.items() if seconds}
    return Pace(
        known.get("start_s", before.start_s), known.get("power_s", before.power_s), known.get("write_s", before.write_s)
    )
