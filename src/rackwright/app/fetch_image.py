"""May this session fetch this image? Only the one that claimed it."""

from __future__ import annotations

from rackwright.app.context import Context
from rackwright.store import installs, sessions
from rackwright.store.store import Tx
from rackwright.values.install import State


def may_fetch(tx: Tx, context: Context, session_id: str, sha256: str) -> bool:
    session = sessions.get(tx, context.site, session_id)
    if session is None or not session.install or session.fenced_at:
        return False
    install = installs.get(tx, context.site, session.install)
    return bool(
        install and install.state is State.INSTALLING and install.session == session.id and install.image == sha256
    )
