"""The timeline: rows are appended under the machine's lock and never changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import bindparam, func, insert, select

from rackwright.store import schema
from rackwright.store.hot import Hot
from rackwright.store.json_text import from_text, to_text
from rackwright.store.store import Tx
from rackwright.values.event import TimelineEvent, Values

e = schema.event
_LAST = Hot(
    select(func.max(e.c.seq).label("seq")).where(e.c.site == bindparam("site"), e.c.machine == bindparam("machine"))
)
_APPEND = Hot(insert(e).inline())


def append(
    tx: Tx,
    site: str,
    machine_id: str,
    now: int,
    kind: str,
    values: Values,
    actor: str,
    install: str = "",
    session: str | None = None,
    session_seq: int | None = None,
) -> int:
    """Appends one event and returns its seq. The caller holds the machine's lock: seq is the last plus one."""
    seq = last_seq(tx, site, machine_id) + 1
    _APPEND.run(
        tx, site=site, machine=machine_id, seq=seq, at=now, install=install, kind=kind,
        values=to_text(values), actor=actor, session=session, session_seq=session_seq,
    )  # fmt: skip
    return seq


def append_once(
    tx: Tx, site: str, machine_id: str, now: int, kind: str, values: Values, actor: str, install: str = ""
) -> None:
    """Not again and again: a machine that keeps trying must not push everything else out of sight."""
    last = of_machine(tx, site, machine_id, last_seq(tx, site, machine_id) - 1, 1)
    if not last or (last[0].kind, dict(last[0].values)) != (kind, dict(values)):
        append(tx, site, machine_id, now, kind, values, actor, install)


def of_machine(tx: Tx, site: str, machine_id: str, after: int, limit: int) -> list[TimelineEvent]:
    """Events after a seq, oldest first."""
    rows = tx.execute(
        select(e).where(e.c.site == site, e.c.machine == machine_id, e.c.seq > after).order_by(e.c.seq).limit(limit)
    ).mappings()
    return [
        TimelineEvent(r["seq"], r["at"], r["machine"], r["install"], r["kind"], from_text(r["values"], {}), r["actor"])
        for r in rows
    ]


def of_installs(tx: Tx, site: str, installs: Mapping[str, str], kinds: Sequence[str]) -> list[TimelineEvent]:
    """Events of these kinds of some installs, given with their machines, in the order of each timeline."""
    rows = tx.execute(
        select(e)
        .where(e.c.site == site, e.c.machine.in_(set(installs.values())), e.c.kind.in_(kinds))
        .order_by(e.c.machine, e.c.seq)
    ).mappings()
    return [
        TimelineEvent(r["seq"], r["at"], r["machine"], r["install"], r["kind"], {}, r["actor"])
        for r in rows
        if r["install"] in installs
    ]


def last_seq(tx: Tx, site: str, machine_id: str) -> int:
    return _LAST.first(tx, site=site, machine=machine_id).seq or 0
