"""Cancels a machine's live install, under its lock."""

from __future__ import annotations

from rackwright.app.advance import advance
from rackwright.app.context import Context
from rackwright.decide.lifecycle import Trigger
from rackwright.store import installs, machines, sessions
from rackwright.store.store import Tx
from rackwright.values.errors import NotFound, OperatorMustFix
from rackwright.values.install import Install, State


def cancel(tx: Tx, now: int, context: Context, name: str, actor: str, reason: str) -> Install:
    """The cancelled install. After a claim, also one of an earlier attempt, its cause says that the disk is partly written.

    Raises NotFound for an unknown machine, OperatorMustFix when nothing is live."""
    found = machines.by_name(tx, context.site, name)
    machine = machines.lock(tx, context.site, found.id) if found else None
    if machine is None:
        raise NotFound("machine_unknown", name=name)
    install = installs.latest(tx, context.site, machine.id)
    if install is None or not install.live:
        raise OperatorMustFix("nothing_to_cancel", name=name)
    cause = {"key": _key(install, sessions.claimed_before(tx, install)), "by": actor, "reason": reason}
    moved = advance(tx, now, context, install, Trigger.CANCELLED, actor, {"reason": reason}, cause=cause)
    assert moved is not None
    return moved


def _key(install: Install, claimed: bool) -> str:
    if install.state is State.FIRST_BOOT:
        return "cancelled_unproven"
    return "cancelled_written" if claimed else "cancelled"
