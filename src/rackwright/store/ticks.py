"""When the reconciler last looked, so that time in which it did not can be taken off every deadline."""

from __future__ import annotations

from sqlalchemy import insert, select, update

from rackwright.store import schema
from rackwright.store.store import Tx

t = schema.tick


def last(tx: Tx, site: str) -> int:
    """UTC microseconds, 0 when it never looked. The row is locked until the transaction ends."""
    return tx.execute(select(t.c.at).where(t.c.site == site).with_for_update()).scalar() or 0


def seen(tx: Tx, site: str) -> int:
    """The same without the lock: for showing, never for deciding."""
    return tx.execute(select(t.c.at).where(t.c.site == site)).scalar() or 0


def put(tx: Tx, site: str, now: int) -> None:
    if tx.execute(update(t).where(t.c.site == site).values(at=now)).rowcount == 0:
        tx.execute(insert(t).values(site=site, at=now))
