"""A machine asks what to do next. Reads only: what it says of its progress is a sighting."""

from __future__ import annotations

from rackwright.app.context import Context
from rackwright.app.orders import order_for
from rackwright.store import installs, sessions
from rackwright.store.sessions import Session
from rackwright.store.store import Tx
from rackwright_wire.messages import Order


class WrongSession(Exception):
    """The session does not exist, or the token is not its own."""


def poll(tx: Tx, context: Context, session_id: str) -> tuple[Session, Order]:
    """The session, and its order. Raises WrongSession. The door has checked the token."""
    session = sessions.get(tx, context.site, session_id)
    if session is None:
        raise WrongSession
    install = installs.latest(tx, context.site, session.machine) if session.machine else None
    return session, order_for(tx, context, install, session)
