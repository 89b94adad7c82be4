"""What really happened, noted where it happened: the fleet's own record, which no server can touch.

Times are UTC microseconds of this host's clock, which is the server's too.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from rackwright_wire.messages import Event


def now_us() -> int:
    return time.time_ns() // 1000


@dataclass(frozen=True, slots=True)
class Write:
    """A body began to change a disk, for a claim that it says it has. `destroyed` is what was there."""

    at: int
    machine: str
    disk: str
    install: str
    attempt: int
    session: str
    destroyed: str = "empty"


@dataclass(frozen=True, slots=True)
class Granted:
    """The server said yes to a claim, whether or not the answer arrived."""

    at: int
    machine: str
    install: str
    attempt: int
    session: str
    disk: str


@dataclass(frozen=True, slots=True)
class PhonedHome:
    """The server said ok to an installed system."""

    at: int
    machine: str
    install: str
    attempt: int
    image: str


@dataclass(frozen=True, slots=True)
class PowerAct:
    """A BMC was told to switch off or on. `meant` is whom the server meant, `machine` whose BMC it was."""

    at: int
    act: str
    meant: str
    machine: str


@dataclass(slots=True)
class Interval:
    """From the server's word that it is so, to the moment in which its end was asked for; 0 while it lasts."""

    machine: str
    begins: int
    ends: int = 0

    def holds(self, at: int) -> bool:
        return self.begins < at and (self.ends == 0 or at < self.ends)


@dataclass(slots=True)
class SessionTruth:
    """One session as its machine lived it. Of a seq there may be two events: an agent that is started again does not
    know what its forerunner had on its way. `went_on` is when the last request was sent that the server answered with
    leave to write on: image bytes, or CONTINUE."""

    session: str
    machine: str
    sent: dict[int, list[Event]] = field(default_factory=dict[int, list[Event]])
    acked: dict[int, list[Event]] = field(default_factory=dict[int, list[Event]])
    went_on: int = 0

    def send(self, event: Event) -> None:
        _add(self.sent, event)

    def acknowledge(self, events: Sequence[Event], accepted_seq: int) -> None:
        """The answer to a report of these events said that it keeps all up to a seq."""
        for event in events:
            if event.seq <= accepted_seq:
                _add(self.acked, event)


def _add(events: dict[int, list[Event]], event: Event) -> None:
    known = events.setdefault(event.seq, [])
    if event not in known:
        known.append(event)


@dataclass(slots=True)
class Truth:
    writes: list[Write] = field(default_factory=list[Write])
    granted: list[Granted] = field(default_factory=list[Granted])
    phoned: list[PhonedHome] = field(default_factory=list[PhonedHome])
    power: list[PowerAct] = field(default_factory=list[PowerAct])
    protected: list[Interval] = field(default_factory=list[Interval])
    misregistered: list[Interval] = field(default_factory=list[Interval])
    sessions: dict[str, SessionTruth] = field(default_factory=dict[str, SessionTruth])
    armed: set[str] = field(default_factory=set[str])
    approved: set[str] = field(default_factory=set[str])  # disks whose content a person was asked to let go
    broken: list[str] = field(default_factory=list[str])  # answers that only a bug gives
    faults: Counter[str] = field(default_factory=Counter[str])
    acts: Counter[str] = field(default_factory=Counter[str])
    requests: int = 0
    kills: Counter[str] = field(default_factory=Counter[str])

    def session(self, session: str, machine: str) -> SessionTruth:
        return self.sessions.setdefault(session, SessionTruth(session, machine))

    def protect(self, machine: str) -> None:
        self.protected.append(Interval(machine, now_us()))

    def end(self, intervals: list[Interval], machine: str, at: int) -> None:
        for interval in intervals:
            if interval.machine == machine and interval.ends == 0:
                interval.ends = at
