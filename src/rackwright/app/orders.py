"""Puts the decided order into the agent's message, with its line in the site's language."""

from __future__ import annotations

from dataclasses import replace

from rackwright.app.context import Context
from rackwright.app.standing import standing_of
from rackwright.decide.order import decide_order
from rackwright.store.sessions import Session
from rackwright.store.store import Tx
from rackwright.values.install import Install, State
from rackwright.words import say, why
from rackwright.words.standing import standing_in_words
from rackwright_wire.messages import Act, DiskName, Order


def order_for(tx: Tx, context: Context, install: Install | None, session: Session, accepted_seq: int = 0) -> Order:
    """The order of a session, whose machine's install (live or last) is given."""
    standing = standing_of(tx, context, install) if install and install.state is State.WAITING else None
    says = decide_order(install, session.id, bool(session.fenced_at), standing.place if standing else 0)
    values = dict(says.values)
    if standing:
        values["standing"] = standing_in_words(context.settings.language, standing)
    if install and install.cause and "cause" in values:
        values["cause"] = why(context.settings.language, install.cause)
    order = Order(
        act=says.act,
        text=say(context.settings.language, says.key, values),
        next_poll_s=says.poll_s,
        accepted_seq=accepted_seq,
        shell=context.settings.console_shell,
    )
    if says.act is not Act.CLAIM or install is None:
        return order
    disk = DiskName(install.disk_serial, install.disk_wwn, install.disk_path)
    return replace(order, install=install.id, attempt=install.attempt, disk=disk)
