"""A short history in which everything is right: what happened to two machines, and what the server says of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from fleet.disks import Holds, SimulatedDisk, System
from fleet.faults import FAULTS
from fleet.rack import Body, build
from fleet.seen import ClaimSeen, EventSeen, Final, InstallSeen, MachineSeen, Sample
from fleet.truth import Granted, PhonedHome, SessionTruth, Truth, Write
from fleet.violation import Violation
from rackwright_wire.messages import DiskName, Event, ImageSource, WritePlan

NAME, OTHER = "m0001", "m0002"
INSTALL, SESSION, IMAGE = "install-1", "session-1", "a" * 64
DISK = "DFL00700001A"
SENT = tuple(Event(n, kind, {"step": "discard"}) for n, kind in ((1, "step_started"), (2, "step_finished")))
GRANTED_AT, WROTE_AT, HOME_AT = 10_000_000, 11_000_000, 20_000_000


def done_install(**given: Any) -> InstallSeen:
    made = InstallSeen(
        id=INSTALL, machine="id-1", state="done", attempt=1, claimed=True, live=False, session=SESSION, since=HOME_AT,
        deadline=0, image=IMAGE, cause={}, disk_serial=DISK,
    )  # fmt: skip
    return replace(made, **given)


def event(seq: int, kind: str, at: int = GRANTED_AT, sent_as: int | None = None, **values: Any) -> EventSeen:
    return EventSeen(seq, at, INSTALL, kind, values, "machine", SESSION if sent_as else None, sent_as)


@dataclass
class History:
    """Change one thing, and see which rule says so."""

    truth: Truth = field(default_factory=Truth)
    installs: list[InstallSeen] = field(default_factory=lambda: [done_install()])
    claims: list[ClaimSeen] = field(default_factory=lambda: [ClaimSeen(INSTALL, 1, SESSION, (DISK,), GRANTED_AT)])
    events: list[EventSeen] = field(default_factory=list[EventSeen])
    runs: str = IMAGE
    holds: Holds = field(default_factory=lambda: System(INSTALL, 1, IMAGE, plan()))
    over: dict[tuple[str, int], int] = field(default_factory=lambda: {(INSTALL, 1): HOME_AT})

    def __post_init__(self) -> None:
        self.truth.granted.append(Granted(GRANTED_AT, NAME, INSTALL, 1, SESSION, DISK))
        self.truth.writes.append(Write(WROTE_AT, NAME, DISK, INSTALL, 1, SESSION))
        self.truth.phoned.append(PhonedHome(HOME_AT, NAME, INSTALL, 1, IMAGE))
        self.truth.armed.add(INSTALL)
        session = self.truth.sessions[SESSION] = SessionTruth(SESSION, NAME, went_on=WROTE_AT)
        for sent in SENT:
            session.send(sent)
        session.acknowledge(SENT, 2)
        self.events = [
            event(1, "install_armed", 1),
            event(2, "install_claimed", GRANTED_AT, state="installing"),
            event(3, "agent_step_started", sent_as=1, step="discard"),
            event(4, "agent_step_finished", sent_as=2, step="discard"),
            event(5, "install_phoned_home", HOME_AT, state="done"),
        ]

    @property
    def final(self) -> Final:
        return Final(
            at=30_000_000,
            machines={
                NAME: MachineSeen("id-1", NAME, False, "in service", "tiny", self.runs, HOME_AT),
                OTHER: MachineSeen("id-2", OTHER, False, "new", "", "", 0),
            },
            installs={one.id: one for one in self.installs},
            claims=tuple(self.claims),
            events={"id-1": tuple(self.events)},
        )

    @property
    def disks(self) -> dict[str, tuple[SimulatedDisk, ...]]:
        return {NAME: (SimulatedDisk(DISK, "ata-1", 1 << 30, self.holds),)}


def plan() -> WritePlan:
    image = ImageSource(f"/v1/images/{IMAGE}", IMAGE, "none", 100, 100, 512)
    return WritePlan(image, DiskName(DISK), NAME, "", -1, 0, "", (), "Rackwright m0001")


def sample(*installs: InstallSeen, at: int = 1, permits: int = 2, slots: int = 1) -> Sample:
    return Sample(at - 1, at, installs, permits, slots)


def bodies(faults: str = "none") -> tuple[Body, ...]:
    return build(2, 7, FAULTS[faults])


def rules(found: list[Violation]) -> list[str]:
    return sorted({violation.rule for violation in found})
