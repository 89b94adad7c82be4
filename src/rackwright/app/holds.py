"""Request: what is held, grouped by the same question, since one answer may serve hundreds of machines. Reads only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rackwright.app.context import Context
from rackwright.app.install_view import next_steps
from rackwright.decide.holds import approvable, disk_of, question
from rackwright.store import installs, machines
from rackwright.store.store import Tx
from rackwright.values.install import Install, State
from rackwright.values.machine import Machine
from rackwright.words import why

MOST = 10_000  # held installs that are looked at


@dataclass(frozen=True, slots=True)
class HeldMachine:
    """`disk` is the serial of the disk that the question is about, empty where it is about none."""

    hostname: str
    serial: str
    rack: str
    disk: str
    since: int


@dataclass(frozen=True, slots=True)
class HoldGroup:
    """`id` names the question: machines with the same one are in it. `fingerprint` is of what their disks hold,
    empty where that is not the question; then nothing can be approved for all. `next` is for one machine alone."""

    id: str
    key: str
    text: str
    fingerprint: str
    approvable: bool
    since: int
    next: str
    machines: list[HeldMachine]


def holds(tx: Tx, context: Context, language: str) -> list[HoldGroup]:
    """The largest group first, its machines by hostname."""
    held = installs.in_states(tx, context.site, (State.HELD,), MOST)
    known = machines.by_ids(tx, context.site, [install.machine for install in held])
    by_question: dict[str, list[tuple[Install, Machine]]] = {}
    for install in held:
        if install.machine in known:
            by_question.setdefault(question(install), []).append((install, known[install.machine]))
    groups = [_group(language, id_, members) for id_, members in by_question.items()]
    return sorted(groups, key=lambda group: (-len(group.machines), group.since))


def _group(language: str, id_: str, members: Iterable[tuple[Install, Machine]]) -> HoldGroup:
    ordered = sorted(members, key=lambda member: member[1].hostname)
    install, machine = ordered[0]
    listed = [HeldMachine(m.hostname, m.serial, m.rack, disk_of(i), i.since) for i, m in ordered]
    return HoldGroup(
        id=id_,
        key=str(install.cause.get("key", "")),
        text=why(language, install.cause) if install.cause else "",
        fingerprint=str(install.cause.get("fingerprint", "")),
        approvable=approvable(install),
        since=min(i.since for i, _ in ordered),
        next=next_steps(language, install, machine),
        machines=listed,
    )
