"""Agents that stopped polling: a slot goes back at once, an install that nobody answers for ends after long.

A sighting never proves a step. Here it only takes back what was not used: the claim needs its slot under the machine's
lock, so that of a claim and a lost contact in the same moment one wins.
"""

from __future__ import annotations

from rackwright.app.advance import advance
from rackwright.app.context import Context
from rackwright.decide.lifecycle import Trigger
from rackwright.decide.silence import patience_s, silent_before
from rackwright.store import installs, lines, machines
from rackwright.store.store import Tx
from rackwright.values.install import State

BATCH = 200
ACTOR = "rackwright"


def lost(tx: Tx, now: int, context: Context, watching_since: int, state: State) -> list[lines.InLine]:
    """Those of a state that have been silent for too long while somebody was looking."""
    before = _before(now, context, watching_since, state)
    return lines.silent(tx, context.site, state, before, BATCH) if before else []


def lose(tx: Tx, now: int, context: Context, watching_since: int, one: lines.InLine) -> None:
    machines.lock(tx, context.site, one.machine)
    install = installs.get(tx, context.site, one.install)
    if install is None or install.state not in (State.GRANTED, State.WAITING):
        return
    heard = lines.heard_at(tx, install)
    if heard < _before(now, context, watching_since, install.state):
        # One that had a slot stands at the end of the line again, for it had its turn; one that had none ends.
        key = {"key": "lost_contact" if install.state is State.GRANTED else "agent_lost"}
        cause = {**key, "seconds": (now - heard) // 1_000_000}
        advance(tx, now, context, install, Trigger.LOST_CONTACT, ACTOR, cause=cause)


def _before(now: int, context: Context, watching_since: int, state: State) -> int:
    return silent_before(now, watching_since, patience_s(state, context.settings.lost_contact_s))
