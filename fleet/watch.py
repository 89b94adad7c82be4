"""Judges samples while the run goes on: limits kept, and from when on each claim was over. Pure but for its memory."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from fleet.seen import Sample
from fleet.violation import Violation

# Told apart from the server's own table on purpose: a mistake there must not be believed here.
PERMIT_STATES = frozenset({"starting", "inspecting"})
SLOT_STATES = frozenset({"granted", "installing"})


class Resource(enum.Enum):
    PERMITS = "start permits"
    SLOTS = "write slots"
    POWER = "machines of one rack being powered on"


@dataclass(frozen=True, slots=True)
class Exceeded:
    """A moment in which more installs had a resource than were allowed to: `checks_of_limits` says whose fault."""

    what: Resource
    at: int
    out: frozenset[str]
    allowed: int


@dataclass(slots=True)
class Watch:
    """`over` says for each install and attempt when it was first seen that nobody may write for it any more."""

    rack_of: Mapping[str, str] = field(default_factory=dict[str, str])  # of each machine, by id
    samples: int = 0
    most_permits: int = 0
    most_slots: int = 0
    over: dict[tuple[str, int], int] = field(default_factory=dict[tuple[str, int], int])
    exceeded: list[Exceeded] = field(default_factory=list["Exceeded"])
    violations: list[Violation] = field(default_factory=list[Violation])
    _last: Sample | None = None
    _allowed: dict[Resource, int] = field(default_factory=dict["Resource", int])
    _attempt: dict[str, int] = field(default_factory=dict[str, int])

    def see(self, sample: Sample) -> None:
        self.samples += 1
        permits = _out(sample, PERMIT_STATES)
        slots = _out(sample, SLOT_STATES)
        self.most_permits, self.most_slots = max(self.most_permits, len(permits)), max(self.most_slots, len(slots))
        before = self._last
        self._within(Resource.PERMITS, permits, sample.permits, before.permits if before else sample.permits, sample.at)
        self._within(Resource.SLOTS, slots, sample.slots, before.slots if before else sample.slots, sample.at)
        self._racks(sample)
        self._note_over(sample)
        self._one_live(sample)
        self._last = sample

    def _within(self, what: Resource, out: frozenset[str], limit: int, limit_before: int, at: int) -> None:
        """A limit that was lowered takes nothing away: what is out may only become less until it fits."""
        allowed = max(limit, limit_before, self._allowed.get(what, 0))
        if len(out) > allowed:
            self.exceeded.append(Exceeded(what, at, out, allowed))
        self._allowed[what] = len(out) if len(out) > limit else 0

    def _racks(self, sample: Sample) -> None:
        """This limit is never lowered here, so it holds at every moment."""
        of: dict[str, set[str]] = {}
        for install in sample.installs:
            if install.live and install.state == "starting":
                of.setdefault(self.rack_of.get(install.machine, ""), set()).add(install.id)
        for rack, out in of.items():
            if rack and len(out) > sample.of_rack:
                self.exceeded.append(Exceeded(Resource.POWER, sample.at, frozenset(out), sample.of_rack))

    def _note_over(self, sample: Sample) -> None:
        for install in sample.installs:
            last = self._attempt.get(install.id, 1)
            for attempt in range(last, install.attempt):
                self.over.setdefault((install.id, attempt), sample.at)
            self._attempt[install.id] = install.attempt
            if install.claimed and install.state != "installing":
                self.over.setdefault((install.id, install.attempt), sample.at)

    def _one_live(self, sample: Sample) -> None:
        seen: set[str] = set()
        for install in sample.installs:
            if install.live and install.machine in seen:
                self.violations.append(
                    Violation("at most one live install a machine", install.machine, f"another is {install.id}")
                )
            if install.live:
                seen.add(install.machine)


def _out(sample: Sample, states: frozenset[str]) -> frozenset[str]:
    return frozenset(install.id for install in sample.installs if install.live and install.state in states)
