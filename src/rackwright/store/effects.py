"""Effects: what the server must do to the outside, written with the transition that wants it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, and_, case, func, insert, select, text, update

from rackwright.decide.effect_places import Busy, share_places
from rackwright.store import schema
from rackwright.store.store import Tx

f = schema.effect
OPEN = text("effect.finished_at = 0")  # in the very words of the partial index


@dataclass(frozen=True, slots=True)
class Effect:
    """`install_version` fences it: when the install has another version, the effect is void."""

    site: str
    id: str
    kind: str
    machine: str
    install: str
    attempt: int
    install_version: int
    due_at: int
    lease_until: int = 0
    lease_holder: str = ""
    tries: int = 0
    finished_at: int = 0
    outcome: str = ""


def add(tx: Tx, effect: Effect) -> None:
    tx.execute(insert(f).values(**{name: getattr(effect, name) for name in Effect.__dataclass_fields__}))


def open_of(tx: Tx, site: str, install: str) -> Effect | None:
    """What is still to be done for an install: the newest."""
    query = select(f).where(f.c.site == site, f.c.install == install, OPEN).order_by(f.c.id.desc())
    row = tx.execute(query.limit(1)).mappings().first()
    return Effect(**row) if row else None


def leased(tx: Tx, site: str, now: int) -> int:
    """How many are being carried out, by whichever process."""
    return _busy(tx, site, now).all


def lease_due(tx: Tx, site: str, now: int, until: int, holder: str, room: int, places: int) -> list[Effect]:
    """Takes due effects that nobody holds, as `share_places` gives them. The caller holds the site's tick row, or two
    processes would both take what is free.

    One a machine: a BMC bears one action at a time, and a BMC's address belongs to one machine of the site."""
    busy = _busy(tx, site, now)
    fresh = _due(tx, site, now, f.c.tries == 0, room)
    again = _due(tx, site, now, f.c.tries > 0, room)
    again = [effect for effect in again if effect.machine not in {one.machine for one in fresh}]
    few, fewer = share_places(places, room, busy, len(fresh), len(again))
    taken = [replace(e, lease_until=until, lease_holder=holder, tries=e.tries + 1) for e in fresh[:few] + again[:fewer]]
    for effect in taken:
        tx.execute(
            update(f)
            .where(f.c.site == site, f.c.id == effect.id)
            .values(lease_until=until, lease_holder=holder, tries=effect.tries)
        )
    return taken


def _busy(tx: Tx, site: str, now: int) -> Busy:
    again = func.coalesce(func.sum(case((f.c.tries > 1, 1), else_=0)), 0)
    row = tx.execute(select(func.count(), again).where(f.c.site == site, OPEN, f.c.lease_until > now)).one()
    return Busy(int(row[0]), int(row[1]))


def _due(tx: Tx, site: str, now: int, which: ColumnElement[bool], limit: int) -> list[Effect]:
    """One a machine, the longest due first, without machines at which something is being done."""
    busy = select(f.c.machine).where(f.c.site == site, OPEN, f.c.lease_until > now)
    rows = tx.execute(
        select(f)
        .where(f.c.site == site, OPEN, f.c.due_at <= now, f.c.lease_until <= now, f.c.machine.not_in(busy), which)
        .order_by(f.c.due_at, f.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).mappings()
    found: dict[str, Effect] = {}
    for row in rows:
        found.setdefault(row["machine"], Effect(**row))
    return list(found.values())


def renew(tx: Tx, effect: Effect, until: int) -> bool:
    """Holds the lease for longer, before each act; False when it has been taken over or has ended."""
    return tx.execute(update(f).where(_mine(effect)).values(lease_until=until)).rowcount == 1


def finish(tx: Tx, effect: Effect, now: int, outcome: str) -> bool:
    """Ends an effect that this holder still leases; False when another has taken it over."""
    changed = tx.execute(update(f).where(_mine(effect)).values(finished_at=now, outcome=outcome))
    return changed.rowcount == 1


def put_off(tx: Tx, effect: Effect, due_at: int) -> None:
    """Gives the lease back; the effect is tried again from `due_at`."""
    tx.execute(update(f).where(_mine(effect)).values(due_at=due_at, lease_until=0, lease_holder=""))


def shift(tx: Tx, site: str, by_us: int) -> None:
    """Moves what is to be done, and who holds it, with a clock that was set: else it would wait for the old time."""
    open_ = (f.c.site == site, f.c.finished_at == 0)
    tx.execute(update(f).where(*open_).values(due_at=f.c.due_at + by_us))
    tx.execute(update(f).where(*open_, f.c.lease_until > 0).values(lease_until=f.c.lease_until + by_us))


def _mine(effect: Effect) -> ColumnElement[bool]:
    """Each lease has its number, `tries`: the same holder may lease an effect again after a clock's jump."""
    return and_(
        f.c.site == effect.site,
        f.c.id == effect.id,
        f.c.lease_holder == effect.lease_holder,
        f.c.tries == effect.tries,
        f.c.finished_at == 0,
    )


def holders(tx: Tx, site: str) -> list[str]:
    """Everybody who holds a lease of something that is still to be done."""
    return list(
        tx.execute(select(f.c.lease_holder).where(f.c.site == site, OPEN, f.c.lease_holder != "").distinct()).scalars()
    )


def release(tx: Tx, site: str, holder: str) -> None:
    """Gives back what a dead process of this name held; only for the one that takes its place."""
    tx.execute(
        update(f)
        .where(f.c.site == site, f.c.finished_at == 0, f.c.lease_holder == holder)
        .values(lease_until=0, lease_holder="")
    )
