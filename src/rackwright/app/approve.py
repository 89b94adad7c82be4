"""Approves what disks hold: for a frozen list of machines and disks, each under its lock, and lets them go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rackwright.app.advance import advance
from rackwright.app.arm import expires_at
from rackwright.app.audit import of_machines, refused
from rackwright.app.context import Context
from rackwright.decide.arming import may_go_on
from rackwright.decide.holds import approvable, disk_of
from rackwright.decide.lifecycle import Trigger
from rackwright.store import approvals, events, installs, machines
from rackwright.store.approvals import Approval
from rackwright.store.store import Tx
from rackwright.values.audit import Told
from rackwright.values.errors import OperatorMustFix
from rackwright.values.event import Scalar, Values
from rackwright.values.install import Install
from rackwright.values.machine import Machine

MOST = 5_000  # machines of one approval


@dataclass(frozen=True, slots=True)
class ApproveRequest:
    """`machines` are (hostname or serial, disk) as the person saw them; nobody else is approved."""

    fingerprint: str
    machines: tuple[tuple[str, str], ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Approved:
    """`key` says why not: unknown, not held any more, or not with this content; empty when it goes on."""

    name: str
    disk: str
    key: str = ""
    install: str = ""


def approve(tx: Tx, now: int, context: Context, request: ApproveRequest, actor: str) -> list[Approved]:
    """One line a machine, in the order given. Raises OperatorMustFix without a reason or machines."""
    if not request.reason.strip():
        raise OperatorMustFix("approval_needs_reason")
    if not request.fingerprint or not request.machines:
        raise OperatorMustFix("approval_needs_machines")
    found = {name: machines.by_name(tx, context.site, name) for name, _ in request.machines}
    lines: dict[tuple[str, str], Approved] = {}
    # In the order of ids: two approvals that overlap cannot wait for each other.
    for name, disk in sorted(request.machines, key=lambda pair: _id(found[pair[0]])):
        machine = found[name]
        locked = machines.lock(tx, context.site, machine.id) if machine else None
        lines[name, disk] = _one(tx, now, context, request, actor, name, disk, locked)
    return [lines[pair] for pair in request.machines]


def _id(machine: Machine | None) -> str:
    return machine.id if machine else ""


def _one(
    tx: Tx,
    now: int,
    context: Context,
    request: ApproveRequest,
    actor: str,
    name: str,
    disk: str,
    machine: Machine | None,
) -> Approved:
    if machine is None:
        return Approved(name, disk, "approval_unknown")
    install = installs.latest(tx, context.site, machine.id)
    if against := _why_not(install, machine, request.fingerprint, disk):
        return Approved(name, disk, against)
    assert install is not None
    word = Approval(machine.site, machine.id, disk, request.fingerprint, actor, request.reason, now)
    approvals.put(tx, word)
    said: Values = {"reason": request.reason, "fingerprint": request.fingerprint, "disk": disk}
    events.append(tx, machine.site, machine.id, now, "contents_approved", said, actor, install.id)
    advance(tx, now, context, install, Trigger.RETRIED, actor, said, expires_at=expires_at(context, now))
    return Approved(name, disk, install=install.id)


def _why_not(install: Install | None, machine: Machine, fingerprint: str, disk: str) -> str:
    if install is None or not approvable(install):
        return "approval_not_held"
    if install.cause.get("fingerprint") != fingerprint or disk_of(install) != disk:
        return "approval_changed"
    if (machine.os, machine.profile) != (install.os, install.profile):
        return "approval_register_changed"  # it would be installed with what the register does not say any more
    return "approval_forbidden" if may_go_on(machine, install) else ""


def told(lines: Sequence[Approved], request: ApproveRequest) -> Told:
    """What the audit says of it."""
    done = [line.name for line in lines if not line.key]
    against = [line for line in lines if line.key]
    counts: dict[str, Scalar] = {"approved": len(done), "refused": len(against), "fingerprint": request.fingerprint}
    if done:
        return of_machines(done, request.reason, counts)
    named = of_machines([line.name for line in against], request.reason, counts)
    return refused(named, [line.key for line in against], {"name": against[0].name})
