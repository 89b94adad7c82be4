"""Boot sessions and claims: who of several boots of a machine is the live one, and who may destroy."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, bindparam, delete, insert, or_, select, text, update
from sqlalchemy.exc import IntegrityError

from rackwright.store import schema
from rackwright.store.hot import Hot
from rackwright.store.store import Tx
from rackwright.values.errors import Transient
from rackwright.values.install import Install, State

s = schema.session
c = schema.claim
_GET = Hot(select(s).where(s.c.site == bindparam("site"), s.c.id == bindparam("id")))
_ACCEPT = Hot(text("UPDATE session SET accepted_seq = :seq WHERE site = :site AND id = :id"))


@dataclass(frozen=True, slots=True)
class Session:
    """One boot of one kernel. `install` is empty for a machine that nobody armed; `fenced_at` is when a
    newer one took its place, 0 while it is live; `facts` is the JSON it joined with."""

    site: str
    id: str
    boot_id: str
    machine: str
    install: str
    address: str
    started_at: int
    fenced_at: int = 0
    accepted_seq: int = 0
    facts: str = ""


@dataclass(frozen=True, slots=True)
class GrantedClaim:
    site: str
    install: str
    attempt: int
    session: str
    scope: str
    granted_at: int


def by_boot(tx: Tx, site: str, boot_id: str) -> Session | None:
    row = tx.execute(select(s).where(s.c.site == site, s.c.boot_id == boot_id)).mappings().first()
    return Session(**row) if row else None


def get(tx: Tx, site: str, session_id: str) -> Session | None:
    row = _GET.first(tx, site=site, id=session_id)
    return Session(**row._asdict()) if row else None


def last_of_machine(tx: Tx, site: str, machine_id: str) -> Session | None:
    """The newest boot of a machine: its last facts."""
    row = (
        tx.execute(
            select(s).where(s.c.site == site, s.c.machine == machine_id).order_by(s.c.started_at.desc()).limit(1)
        )
        .mappings()
        .first()
    )
    return Session(**row) if row else None


def put(tx: Tx, session: Session) -> None:
    """Raises Transient when the same boot is being written by somebody else: the next try sees it."""
    values = {name: getattr(session, name) for name in Session.__dataclass_fields__}
    changed = tx.execute(update(s).where(s.c.site == session.site, s.c.id == session.id).values(**values))
    if changed.rowcount == 0:
        try:
            tx.execute(insert(s).values(**values))
        except IntegrityError as error:
            raise Transient("database_busy", error="this boot joins twice at once") from error


def forget_unarmed(tx: Tx, session: Session) -> None:
    """Older boots at its address that no install had, of its machine or of none: what makes up boots leaves one."""
    tx.execute(
        delete(s).where(
            s.c.site == session.site,
            s.c.address == session.address,
            s.c.install == "",
            s.c.machine.in_(("", session.machine)),
            s.c.id != session.id,
        )
    )


def accept_seq(tx: Tx, site: str, session_id: str, seq: int) -> None:
    _ACCEPT.run(tx, site=site, id=session_id, seq=seq)


def fence_others(tx: Tx, site: str, machine_id: str, install: str, live: str, now: int) -> None:
    """Every other session of the machine or the install is stale from now on."""
    tx.execute(
        update(s)
        .where(
            s.c.site == site,
            or_(s.c.machine == machine_id, and_(s.c.install == install, s.c.install != "")),
            s.c.id != live,
            s.c.fenced_at == 0,
        )
        .values(fenced_at=now)
    )


def claim_of(tx: Tx, site: str, install: str, attempt: int) -> GrantedClaim | None:
    row = (
        tx.execute(select(c).where(c.c.site == site, c.c.install == install, c.c.attempt == attempt)).mappings().first()
    )
    return GrantedClaim(**row) if row else None


def claimed_before(tx: Tx, install: Install) -> bool:
    """Whether any attempt of the install was given its claim: its disk may have been written since."""
    row = tx.execute(select(c.c.attempt).where(c.c.site == install.site, c.c.install == install.id).limit(1)).first()
    return row is not None


def claims_of_machine(tx: Tx, site: str, machine_id: str) -> list[tuple[GrantedClaim, State, int]]:
    """Every claim that a machine was ever granted, the newest first, each with its install's state and attempt."""
    i = schema.install
    rows = tx.execute(
        select(c, i.c.state, i.c.attempt.label("current"))
        .join(i, and_(i.c.site == c.c.site, i.c.id == c.c.install))
        .where(i.c.site == site, i.c.machine == machine_id)
        .order_by(c.c.granted_at.desc())
    ).mappings()
    fields = GrantedClaim.__dataclass_fields__
    return [(GrantedClaim(**{name: row[name] for name in fields}), State(row["state"]), row["current"]) for row in rows]


def add_claim(tx: Tx, claim: GrantedClaim) -> None:
    tx.execute(insert(c).values(**{name: getattr(claim, name) for name in GrantedClaim.__dataclass_fields__}))
