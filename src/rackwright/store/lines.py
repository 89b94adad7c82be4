"""Who stands in line for a permit or a slot, and what is out. Counted from the rows, never kept as numbers.

Reads what admission needs of a row and no more: thousands may wait.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, TextClause, and_, bindparam, case, exists, func, or_, select

from rackwright.decide.admit import Held, InLine, Passing
from rackwright.decide.lifecycle import STAGES, Holds
from rackwright.decide.standing import Line
from rackwright.store import schema
from rackwright.store.hot import Hot
from rackwright.store.installs import LIVE
from rackwright.store.store import Tx
from rackwright.values.install import Install, State

i, m, g, s = schema.install, schema.machine, schema.sighting, schema.session
HEARD = ("poll", "progress")
# One by one: a list has no fixed number of parameters, which a hot statement needs.
_holding = or_(*(i.c.state == state.value for state, stage in STAGES.items() if stage.holds is not Holds.NOTHING))
_heard = or_(*(g.c.kind == kind for kind in HEARD))
_in_front = or_(i.c.since < bindparam("since"), and_(i.c.since == bindparam("since"), i.c.id < bindparam("id")))
_of_machine = and_(m.c.site == i.c.site, m.c.id == i.c.machine)
# Its own agent's last poll, and its join, which comes before any poll.
_polled = (select(func.max(g.c.at)).where(g.c.site == i.c.site, g.c.machine == i.c.machine, _heard)).scalar_subquery()
_joined = select(s.c.started_at).where(s.c.site == i.c.site, s.c.id == i.c.session).scalar_subquery()
_HELD = Hot(
    select(i.c.state, m.c.rack, i.c.network, func.count().label("number"))
    .select_from(i.join(m, _of_machine))
    .where(i.c.site == bindparam("site"), LIVE, _holding)
    .group_by(i.c.state, m.c.rack, i.c.network)
)
_PLACE = Hot(
    select(func.count().label("of"), func.coalesce(func.sum(case((_in_front, 1), else_=0)), 0).label("before")).where(
        i.c.site == bindparam("site"), LIVE, i.c.state == bindparam("state")
    )
)
_HEARD_AT = Hot(
    select(_polled.label("polled"), _joined.label("joined")).where(
        i.c.site == bindparam("site"), i.c.id == bindparam("id")
    )
)


def held(tx: Tx, site: str) -> Held:
    """What is out now."""
    starts = writes = 0
    networks: dict[str, int] = {}
    racks: dict[str, int] = {}
    for row in _HELD.all(tx, site=site):
        state = State(row.state)
        if STAGES[state].holds is Holds.SLOT:
            writes += row.number
            continue
        starts += row.number
        networks[row.network] = networks.get(row.network, 0) + row.number
        if state is State.STARTING:
            racks[row.rack] = racks.get(row.rack, 0) + row.number
    return Held(starts, writes, networks, racks)


def queued(tx: Tx, site: str, past: Passing, after: InLine | None, limit: int) -> list[InLine]:
    """Those who wait for a permit, the longest first, after one of them, without those whom a full scope refuses."""
    query = (
        select(i.c.id, i.c.machine, i.c.version, i.c.since, m.c.rack, i.c.network)
        .select_from(i.join(m, _of_machine))
        .where(*_standing(site, State.QUEUED, after))
        .where(i.c.network.not_in(past.networks), m.c.rack.not_in(past.racks))
    )
    if past.only_racks is not None:
        query = query.where(m.c.rack.in_(past.only_racks))
    rows = tx.execute(query.order_by(i.c.since, i.c.id).limit(limit))
    return [InLine(row.id, row.machine, row.version, row.since, row.rack, row.network) for row in rows]


def waiting(tx: Tx, site: str, after: InLine | None, limit: int) -> list[InLine]:
    """Those who wait for a slot, the longest first, after one of them, with when each was heard last."""
    rows = tx.execute(
        select(i.c.id, i.c.machine, i.c.version, i.c.since, _polled.label("polled"), _joined.label("joined"))
        .where(*_standing(site, State.WAITING, after))
        .order_by(i.c.since, i.c.id)
        .limit(limit)
    )
    return [InLine(row.id, row.machine, row.version, row.since, heard_at=_last(row)) for row in rows]


def silent(tx: Tx, site: str, state: State, before: int, limit: int) -> list[InLine]:
    """Those of a state who were not heard since `before`, in order."""
    polled = exists().where(
        g.c.site == i.c.site, g.c.machine == i.c.machine, _heard, g.c.at >= before
    )  # fmt: skip
    joined = exists().where(s.c.site == i.c.site, s.c.id == i.c.session, s.c.started_at >= before)
    rows = tx.execute(
        select(i.c.id, i.c.machine, i.c.version, i.c.since)
        .where(*_standing(site, state, None), ~polled, ~joined)
        .order_by(i.c.since, i.c.id)
        .limit(limit)
    )
    return [InLine(row.id, row.machine, row.version, row.since) for row in rows]


def heard_at(tx: Tx, install: Install) -> int:
    """When its agent was heard last: UTC microseconds, 0 for never."""
    row = _HEARD_AT.first(tx, site=install.site, id=install.id)
    return _last(row) if row else 0


def place(tx: Tx, install: Install) -> Line:
    """Where it stands among those of its state: asked at every poll, so it is only counted."""
    found = _PLACE.first(tx, site=install.site, state=install.state.value, since=install.since, id=install.id)
    return Line(int(found.before) + 1, int(found.of))


def places(tx: Tx, site: str, ids: Sequence[str]) -> dict[str, Line]:
    """Where those of these installs stand that wait for a permit or a slot, by id."""
    order = (i.c.since, i.c.id)
    numbered = (
        select(
            i.c.id,
            m.c.rack,
            i.c.network,
            func.row_number().over(partition_by=i.c.state, order_by=order).label("place"),
            func.count().over(partition_by=i.c.state).label("of"),
            func.row_number().over(partition_by=(i.c.state, m.c.rack), order_by=order).label("of_rack"),
            func.row_number().over(partition_by=(i.c.state, i.c.network), order_by=order).label("of_network"),
        )
        .select_from(i.join(m, _of_machine))
        .where(i.c.site == site, LIVE, i.c.state.in_([State.QUEUED.value, State.WAITING.value]))
        .subquery()
    )
    found: dict[str, Line] = {}
    for start in range(0, len(ids), 400):
        for row in tx.execute(select(numbered).where(numbered.c.id.in_(list(ids[start : start + 400])))):
            found[row.id] = Line(row.place, row.of, row.rack, row.network, row.of_rack, row.of_network)
    return found


def gone_on(tx: Tx, site: str, states: Sequence[State], limit: int) -> dict[str, str]:
    """Live installs that came into one of these states last, each with its machine."""
    names = [state.value for state in states]
    rows = tx.execute(
        select(i.c.id, i.c.machine)
        .where(i.c.site == site, LIVE, i.c.state.in_(names))
        .order_by(i.c.since.desc())
        .limit(limit)
    )
    return {row.id: row.machine for row in rows}


def anybody(tx: Tx, site: str) -> bool:
    """Whether anybody waits for a permit or a slot."""
    states = (State.QUEUED.value, State.WAITING.value)
    return tx.execute(select(i.c.id).where(i.c.site == site, LIVE, i.c.state.in_(states)).limit(1)).first() is not None


def _standing(site: str, state: State, after: InLine | None) -> list[ColumnElement[bool] | TextClause]:
    here: list[ColumnElement[bool] | TextClause] = [i.c.site == site, LIVE, i.c.state == state.value]
    if after is None:
        return here
    # Both, so that the index is entered at `since`.
    beyond = or_(i.c.since > after.since, i.c.id > after.install)
    return [*here, i.c.since >= after.since, beyond]


def _last(row: Any) -> int:
    return max(row.polled or 0, row.joined or 0)
