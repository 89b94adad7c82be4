"""Moves an install along the lifecycle: the row, its event and the effect it wants, in one transaction."""

from __future__ import annotations

from typing import Any

from rackwright.app.context import Context
from rackwright.decide.lifecycle import Refused, Trigger, move
from rackwright.store import effects, events, installs
from rackwright.store.store import Tx
from rackwright.values.event import Values
from rackwright.values.ids import new_id
from rackwright.values.install import Install, State

START = "start"  # the one kind of effect: off, netboot once, on


def advance(
    tx: Tx,
    now: int,
    context: Context,
    install: Install,
    trigger: Trigger,
    actor: str,
    values: Values | None = None,
    **changes: Any,
) -> Install | None:
    """The moved install, or None when the trigger does not belong to its state: that is noted, nothing moves.

    The caller holds the machine's lock and read `install` under it.
    """
    said = dict(values or {})
    moved = move(install, trigger, now, context.limits_s, **changes)
    if isinstance(moved, Refused):
        note = said | {"state": install.state.value, "trigger": trigger.value}
        events.append(tx, install.site, install.machine, now, "refused", note, actor, install.id)
        return None
    moved = installs.move(tx, install, moved)
    if moved.cause and "key" not in said:
        said |= moved.cause
    said |= {"state": moved.state.value, "attempt": moved.attempt}
    events.append(tx, moved.site, moved.machine, now, f"install_{trigger.value}", said, actor, moved.id)
    if moved.state is State.STARTING:
        _order_start(tx, now, moved)
    return moved


def _order_start(tx: Tx, now: int, install: Install) -> None:
    effects.add(
        tx,
        effects.Effect(
            site=install.site,
            id=new_id(),
            kind=START,
            machine=install.machine,
            install=install.id,
            attempt=install.attempt,
            install_version=install.version,
            due_at=now,
        ),
    )
