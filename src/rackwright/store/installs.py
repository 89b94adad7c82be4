"""Installs: one live row a machine at most; every transition is conditional on the version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import bindparam, func, insert, literal_column, select, text, update

from rackwright.store import schema
from rackwright.store.hot import Hot
from rackwright.store.json_text import from_text, to_text
from rackwright.store.store import Tx
from rackwright.values.errors import Transient
from rackwright.values.ids import Id
from rackwright.values.install import Install, State

i = schema.install
_of_machine = select(i).where(i.c.site == bindparam("site"), i.c.machine == bindparam("machine"))
# In the very words of the partial indexes: SQLAlchemy writes `live = 1` for SQLite, which then reads every row.
LIVE, DEADLINE = text("install.live"), text("install.deadline > 0")
_GET = Hot(select(i).where(i.c.site == bindparam("site"), i.c.id == bindparam("id")))
_LATEST = Hot(_of_machine.order_by(i.c.live.desc(), i.c.armed_at.desc(), i.c.id.desc()).limit(1))
_LAST_DONE = Hot(_of_machine.where(i.c.state == State.DONE.value).order_by(i.c.armed_at.desc()).limit(1))
# In the very words of the partial index.
_HAS_UUID = i.c.smbios_uuid != literal_column("''")
_LAST_MATCHED = Hot(_of_machine.where(_HAS_UUID).order_by(i.c.armed_at.desc(), i.c.id.desc()).limit(1))
_COLUMNS = tuple(f.name for f in fields(Install) if f.name not in ("state", "cause", "id", "machine"))


def get(tx: Tx, site: str, install_id: str) -> Install | None:
    row = _GET.first(tx, site=site, id=install_id)
    return _install(row) if row else None


def latest(tx: Tx, site: str, machine_id: str) -> Install | None:
    """The live install of a machine, or the one armed last."""
    row = _LATEST.first(tx, site=site, machine=machine_id)
    return _install(row) if row else None


def last_done(tx: Tx, site: str, machine_id: str) -> Install | None:
    """The install that put the running system there."""
    row = _LAST_DONE.first(tx, site=site, machine=machine_id)
    return _install(row) if row else None


def add(tx: Tx, install: Install) -> None:
    tx.execute(insert(i).values(**_values(install)))


def move(tx: Tx, before: Install, after: Install) -> Install:
    """Writes the new row if the old one is still current, and returns it with its new version.

    Raises Transient when somebody else moved it first: re-read and decide again."""
    values = _values(after) | {"version": before.version + 1}
    changed = tx.execute(
        update(i).where(i.c.site == before.site, i.c.id == before.id, i.c.version == before.version).values(**values)
    )
    if changed.rowcount != 1:
        raise Transient("install_moved_on", install=before.id)
    row = tx.execute(select(i).where(i.c.site == before.site, i.c.id == before.id)).one()
    return _install(row)


def due(tx: Tx, site: str, now: int, limit: int) -> list[Install]:
    """Live installs whose deadline has passed."""
    rows = tx.execute(
        select(i).where(i.c.site == site, DEADLINE, i.c.deadline <= now, LIVE).order_by(i.c.deadline).limit(limit)
    )
    return [_install(row) for row in rows]


def expired(tx: Tx, site: str, now: int, limit: int) -> list[Install]:
    """Live installs whose arming has ended and that have claimed nothing, the longest ended first."""
    ended = (i.c.expires_at > 0, i.c.expires_at <= now)
    rows = tx.execute(
        select(i).where(i.c.site == site, LIVE, ~i.c.claimed, *ended).order_by(i.c.expires_at).limit(limit)
    )
    return [_install(row) for row in rows]


def in_states(tx: Tx, site: str, states: Sequence[State], limit: int = 10_000) -> list[Install]:
    """Live installs in these states, the longest there first."""
    names = [state.value for state in states]
    rows = tx.execute(
        select(i).where(i.c.site == site, LIVE, i.c.state.in_(names)).order_by(i.c.since, i.c.id).limit(limit)
    )
    return [_install(row) for row in rows]


def counts(tx: Tx, site: str) -> dict[State, int]:
    """How many live installs stand in each state."""
    rows = tx.execute(select(i.c.state, func.count()).where(i.c.site == site, LIVE).group_by(i.c.state))
    return {State(state): number for state, number in rows}


def latest_of(tx: Tx, site: str, machines: Sequence[str]) -> dict[str, Install]:
    """The latest install of each of these machines."""
    found: dict[str, Install] = {}
    for start in range(0, len(machines), 400):
        some = list(machines[start : start + 400])
        rows = tx.execute(
            select(i).where(i.c.site == site, i.c.machine.in_(some)).order_by(i.c.live, i.c.armed_at, i.c.id)
        )
        found |= {row.machine: _install(row) for row in rows}
    return found


def recent(tx: Tx, site: str, limit: int) -> list[Install]:
    rows = tx.execute(select(i).where(i.c.site == site).order_by(i.c.armed_at.desc()).limit(limit))
    return [_install(row) for row in rows]


def shift_deadlines(tx: Tx, site: str, by_us: int) -> None:
    """Moves every running deadline, and when armings end: time in which the server did not look does not count."""
    for column in (i.c.deadline, i.c.expires_at):
        tx.execute(update(i).where(i.c.site == site, LIVE, column > 0).values({column: column + by_us}))


def _values(install: Install) -> dict[str, Any]:
    return {name: getattr(install, name) for name in _COLUMNS} | {
        "id": install.id,
        "machine": install.machine,
        "state": install.state.value,
        "cause": to_text(install.cause) if install.cause else "",
    }


def _install(row: Any) -> Install:
    given = {name: getattr(row, name) for name in _COLUMNS}
    return Install(
        **given,
        id=Id(row.id),
        machine=Id(row.machine),
        state=State(row.state),
        cause=from_text(row.cause, {}),
    )


def set_powered_on(tx: Tx, install: Install, at: int) -> None:
    """From `at` on a boot request counts. Not a transition: the version stays, so that the effect stays valid."""
    tx.execute(update(i).where(i.c.site == install.site, i.c.id == install.id).values(powered_on_at=at))


def set_cleared(tx: Tx, install: Install, at: int) -> None:
    """This attempt's machine was looked at, and its hook asked. Not a transition, like the power-on."""
    tx.execute(update(i).where(i.c.site == install.site, i.c.id == install.id).values(cleared_at=at))


def set_bmc(tx: Tx, install: Install, address: str, guid: str, proof: str) -> None:
    """Which BMC is told to switch the machine on, and how it was proven. Not a transition either."""
    values = {"bmc_address": address, "bmc_guid": guid, "bmc_proof": proof}
    tx.execute(update(i).where(i.c.site == install.site, i.c.id == install.id).values(**values))


def last_matched(tx: Tx, site: str, machine_id: str) -> Install | None:
    """The newest install for which a machine reported who it is, and matched."""
    row = _LAST_MATCHED.first(tx, site=site, machine=machine_id)
    return _install(row) if row else None


def machines_of_uuid(tx: Tx, site: str, uuids: Sequence[str]) -> list[str]:
    """Machines that any of these SMBIOS UUIDs is the last reported one of, a few at most."""
    found = tx.execute(
        select(i.c.machine).where(i.c.site == site, i.c.smbios_uuid.in_(list(uuids)), _HAS_UUID).distinct().limit(20)
    )
    matched = [(row.machine, last_matched(tx, site, row.machine)) for row in found]
    return [machine for machine, install in matched if install and install.smbios_uuid in uuids]
