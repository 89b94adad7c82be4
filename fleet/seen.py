"""What the server says of itself, as plain values: its rows and its timelines, for the judge to compare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class InstallSeen:
    """One row of the install table. `cause` is what it is held or failed for."""

    id: str
    machine: str
    state: str
    attempt: int
    claimed: bool
    live: bool
    session: str
    since: int
    deadline: int
    image: str
    cause: dict[str, Any]
    disk_serial: str = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """All installs at one moment, which lay between `begun` and `at`. The limits are those in force then."""

    begun: int
    at: int
    installs: tuple[InstallSeen, ...]
    permits: int
    slots: int
    of_rack: int = 10**9


@dataclass(frozen=True, slots=True)
class MachineSeen:
    id: str
    hostname: str
    protected: bool
    service: str
    runs_os: str
    runs_image: str
    runs_at: int


@dataclass(frozen=True, slots=True)
class ClaimSeen:
    """`disks` are the serials of its scope."""

    install: str
    attempt: int
    session: str
    disks: tuple[str, ...]
    granted_at: int


@dataclass(frozen=True, slots=True)
class EventSeen:
    seq: int
    at: int
    install: str
    kind: str
    values: dict[str, Any]
    actor: str
    session: str | None
    session_seq: int | None


@dataclass(frozen=True, slots=True)
class Final:
    """The whole story as the server tells it; machines by hostname, events by machine id in their order."""

    at: int
    machines: dict[str, MachineSeen]
    installs: dict[str, InstallSeen]
    claims: tuple[ClaimSeen, ...]
    events: dict[str, tuple[EventSeen, ...]]

    def of(self, hostname: str) -> tuple[EventSeen, ...]:
        machine = self.machines.get(hostname)
        return self.events.get(machine.id, ()) if machine else ()

    def hostname(self, machine: str) -> str:
        return next((seen.hostname for seen in self.machines.values() if seen.id == machine), machine)
