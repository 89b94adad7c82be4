"""The limits that somebody set over their defaults."""

from __future__ import annotations

from sqlalchemy import ColumnElement, bindparam, delete, insert, select, update

from rackwright.store import schema
from rackwright.store.hot import Hot
from rackwright.store.store import Tx
from rackwright.values.limit import Over, Resource, Scope, SetLimit

t = schema.limit
_ALL = Hot(select(t).where(t.c.site == bindparam("site")).order_by(t.c.resource, t.c.scope))


def all_set(tx: Tx, site: str) -> list[SetLimit]:
    return [
        SetLimit(_scope(row.scope), Resource(row.resource), row.value, row.set_by, row.set_at)
        for row in _ALL.all(tx, site=site)
    ]


def put(tx: Tx, site: str, limit: SetLimit) -> None:
    values = {"value": limit.value, "set_by": limit.set_by, "set_at": limit.set_at}
    key = {"site": site, "scope": str(limit.scope), "resource": limit.resource.value}
    if tx.execute(update(t).where(*_is(key)).values(**values)).rowcount == 0:
        tx.execute(insert(t).values(**key, **values))


def remove(tx: Tx, site: str, scope: Scope, resource: Resource) -> bool:
    """False when nothing was set there."""
    key = {"site": site, "scope": str(scope), "resource": resource.value}
    return tx.execute(delete(t).where(*_is(key))).rowcount == 1


def _is(key: dict[str, str]) -> list[ColumnElement[bool]]:
    return [t.c[name] == value for name, value in key.items()]


def _scope(text: str) -> Scope:
    kind, _, name = text.partition(":")
    return Scope(Over(kind), name)
