"""Protects machines, so that nothing installs over them, and lifts that again: an act of its own, of one machine."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import assert_never

from rackwright.app.advance import advance
from rackwright.app.audit import of_machines, refused
from rackwright.app.context import Context
from rackwright.app.select_machines import chosen
from rackwright.decide.lifecycle import Trigger
from rackwright.decide.protecting import Already, BeingWritten, Protects, may_protect
from rackwright.store import events, installs, machines, sessions
from rackwright.store.store import Tx
from rackwright.values.audit import Told
from rackwright.values.errors import NotFound, OperatorMustFix
from rackwright.values.event import Scalar, Values
from rackwright.values.install import Install
from rackwright.values.machine import Machine, Protection

MOST = 20_000  # machines of one act
NAMED = 20  # unknown names that an error tells


@dataclass(frozen=True, slots=True)
class ProtectRequest:
    """`names` are hostnames or serials; `where` are filters that all must match."""

    reason: str
    names: tuple[str, ...] = ()
    where: Mapping[str, str] = field(default_factory=lambda: dict[str, str]())


class Verdict(enum.StrEnum):
    PROTECTED = "protected"
    ALREADY = "already"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ProtectLine:
    """What became of one machine. `key` and `values` say more: by whom it already was, why it is refused, or which
    install had to give way; both may be empty."""

    machine: Machine
    verdict: Verdict
    key: str = ""
    values: Values = field(default_factory=lambda: dict[str, Scalar]())


def protect(tx: Tx, now: int, context: Context, request: ProtectRequest, actor: str) -> list[ProtectLine]:
    """Each machine under its lock. An install that has claimed nothing gives way; a machine whose disk is being
    written is refused, and the others are protected. Raises OperatorMustFix, and protects nobody, for a name that
    the register does not know or a reason that is missing."""
    _need(request.reason)
    found, unknown = chosen(tx, context.site, request.names, request.where, MOST)
    if unknown:
        some = ", ".join(name[:100] for name in unknown[:NAMED])
        raise NotFound("machines_unknown", unknown=some, count=len(unknown))
    protection = Protection(actor, request.reason, now)
    lines: dict[str, ProtectLine] = {}
    # Always in the order of ids: two batches that overlap cannot wait for each other.
    for machine in sorted(found, key=lambda m: m.id):
        locked = machines.lock(tx, context.site, machine.id)
        if locked:
            lines[machine.id] = _protect_one(tx, context, locked, protection)
    return [lines[machine.id] for machine in found if machine.id in lines]


def unprotect(tx: Tx, now: int, context: Context, name: str, actor: str, reason: str) -> Machine:
    """One machine, by hostname or serial. Raises NotFound, or OperatorMustFix when it is not protected."""
    _need(reason)
    found = machines.by_name(tx, context.site, name)
    machine = machines.lock(tx, context.site, found.id) if found else None
    if machine is None:
        raise NotFound("machine_unknown", name=name)
    if machine.protection is None:
        raise OperatorMustFix("not_protected", hostname=machine.hostname)
    machines.set_protection(tx, machine, None)
    values = {"reason": reason, "was_by": machine.protection.by, "was_reason": machine.protection.reason}
    events.append(tx, context.site, machine.id, now, "machine_unprotected", values, actor)
    lifted = machines.get(tx, context.site, machine.id)
    assert lifted is not None
    return lifted


def told(lines: list[ProtectLine], request: ProtectRequest) -> Told:
    """What the audit says of it."""
    by_verdict = {verdict: [line for line in lines if line.verdict is verdict] for verdict in Verdict}
    counts = {verdict.value: len(some) for verdict, some in by_verdict.items()}
    said = of_machines([line.machine.hostname for line in lines], request.reason, counts)
    against = by_verdict[Verdict.REFUSED]
    if not lines or len(against) < len(lines):
        return said
    return refused(said, [line.key for line in against], against[0].values)


def _need(reason: str) -> None:
    if not reason.strip():
        raise OperatorMustFix("reason_needed")


def _protect_one(tx: Tx, context: Context, machine: Machine, protection: Protection) -> ProtectLine:
    verdict = may_protect(machine, installs.latest(tx, context.site, machine.id))
    match verdict:
        case Already(by):
            return ProtectLine(machine, Verdict.ALREADY, "protected_already", {"by": by.by, "reason": by.reason})
        case BeingWritten(install):
            values: Values = {"hostname": machine.hostname, "state": install.state.value}
            return ProtectLine(machine, Verdict.REFUSED, "refused_being_written", values)
        case Protects(ends):
            machines.set_protection(tx, machine, protection)
            said = {"reason": protection.reason}
            events.append(tx, machine.site, machine.id, protection.at, "machine_protected", said, protection.by)
            if ends is None:
                return ProtectLine(machine, Verdict.PROTECTED)
            _give_way(tx, context, ends, protection)
            return ProtectLine(machine, Verdict.PROTECTED, "protected_and_cancelled", {"state": ends.state.value})
        case _:
            assert_never(verdict)


def _give_way(tx: Tx, context: Context, install: Install, protection: Protection) -> None:
    """Cancels what has claimed nothing. Its power effects void themselves: the install's version has moved on."""
    written = sessions.claimed_before(tx, install)  # by an attempt before this one
    key = "protected_meanwhile_written" if written else "protected_meanwhile"
    cause = {"key": key, "by": protection.by, "reason": protection.reason}
    values = {"reason": protection.reason}
    moved = advance(tx, protection.at, context, install, Trigger.CANCELLED, protection.by, values, cause=cause)
    assert moved is not None, "every live install can be cancelled"
