"""When the reconciler last looked, so that time in which it did not can be taken off every deadline.

Its row is the site's lock: whoever counts what is out and gives more holds it.
"""

from __future__ import annotations

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from rackwright.store import schema
from rackwright.store.store import Tx
from rackwright.values.errors import Transient

t = schema.tick


def last(tx: Tx, site: str) -> int:
    """UTC microseconds, 0 when it never looked. The row is locked until the transaction ends."""
    return tx.execute(select(t.c.at).where(t.c.site == site).with_for_update()).scalar() or 0


def seen(tx: Tx, site: str) -> int:
    """The same without the lock: for showing, never for deciding."""
    return tx.execute(select(t.c.at).where(t.c.site == site)).scalar() or 0


def put(tx: Tx, site: str, now: int) -> None:
    """Raises Transient when the first look of a site is somebody else's in the same moment."""
    if tx.execute(update(t).where(t.c.site == site).values(at=now)).rowcount == 0:
        try:
            tx.execute(insert(t).values(site=site, at=now))
        except IntegrityError as error:
            raise Transient("database_busy", error="two looked first at once") from error
