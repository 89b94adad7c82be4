"""The audit: rows are added and read. The database itself refuses to change or remove one."""

from __future__ import annotations

import re

from sqlalchemy import ColumnElement, insert, or_, select

from rackwright.store import schema
from rackwright.store.json_text import from_text, to_text
from rackwright.store.store import Tx
from rackwright.values.audit import Audited, Told, Wanted
from rackwright.values.ids import Id

a = schema.audit


def append(tx: Tx, site: str, row: Audited) -> None:
    told = row.told
    tx.execute(
        insert(a).values(
            site=site, id=row.id, at=row.at, actor=row.actor, act=row.act, target=told.target, reason=told.reason,
            outcome=told.outcome, values=to_text(dict(told.details)),
        )
    )  # fmt: skip


def read(tx: Tx, site: str, wanted: Wanted) -> list[Audited]:
    """The newest first. A machine is also found where an act on many lists it among its first names."""
    rows = tx.execute(
        select(a).where(a.c.site == site, *_conditions(wanted)).order_by(a.c.id.desc()).limit(wanted.limit)
    ).mappings()
    return [
        Audited(
            Id(r["id"]), r["at"], r["actor"], r["act"],
            Told(r["target"], r["reason"], r["outcome"], from_text(r["values"], {})),
        )
        for r in rows
    ]  # fmt: skip


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.since:
        found.append(a.c.at >= wanted.since)
    if wanted.until:
        found.append(a.c.at < wanted.until)
    if wanted.before:
        found.append(a.c.id < wanted.before)
    for column, value in ((a.c.actor, wanted.actor), (a.c.act, wanted.act)):
        if value:
            found.append(column == value)
    if wanted.target:
        found.append(or_(a.c.target == wanted.target, _lists(wanted.target)))
    return found


def _lists(name: str) -> ColumnElement[bool]:
    """As JSON writes it, between its quotes: a part of another name does not match, nor what a name could mean here."""
    written = re.sub(r"([%_!])", r"!\1", to_text(name))
    return a.c["values"].like(f'%"names":[%{written}%]%', escape="!")
