"""Evidence that a machine was seen, and machines that the register does not know. Never decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, func, insert, literal_column, select, text, update
from sqlalchemy.exc import IntegrityError

from rackwright.store import schema
from rackwright.store.hot import Hot
from rackwright.store.json_text import from_text, to_text
from rackwright.store.store import Tx
from rackwright.values.errors import Transient
from rackwright.values.event import Values

MOST_DISCOVERED = 20_000  # the newest: a machine can make up any number of MACs
g = schema.sighting
d = schema.discovered
_PUT = Hot(
    text(
        'INSERT INTO sighting (site, machine, kind, at, moved_at, "values")'
        " VALUES (:site, :machine, :kind, :at, :moved_at, :values)"
        " ON CONFLICT (site, machine, kind)"
        ' DO UPDATE SET at = excluded.at, moved_at = excluded.moved_at, "values" = excluded."values"'
    )
)
# Named anew: a row's own `values` would be in the way.
_OF_MACHINE = Hot(
    select(g.c.kind, g.c.at, g.c.moved_at, g.c["values"].label("told")).where(
        g.c.site == bindparam("site"), g.c.machine == bindparam("machine")
    )
)
# In a machine's place: what is seen of the server itself. `door` is when a machine door last flushed, `watching` since
# when the reconciler has looked without a gap, `pace` for how long permits and slots are held.
OURSELVES = ""


@dataclass(frozen=True, slots=True)
class Sighting:
    """The last of its kind for a machine. `moved_at` is when its amount last grew."""

    machine: str
    kind: str
    at: int
    moved_at: int
    values: Values


@dataclass(frozen=True, slots=True)
class Discovered:
    """A machine that the register does not know, by the MAC it booted from."""

    mac: str
    serial: str
    vendor: str
    model: str
    address: str
    first_at: int
    last_at: int
    facts: str = ""


def put(tx: Tx, site: str, seen: Sequence[Sighting]) -> None:
    """Each in the place of the last of its kind."""
    _PUT.run_many(
        tx,
        [
            {
                "site": site, "machine": one.machine, "kind": one.kind,
                "at": one.at, "moved_at": one.moved_at, "values": to_text(one.values),
            }
            for one in seen
        ],
    )  # fmt: skip


def of_machine(tx: Tx, site: str, machine_id: str) -> dict[str, Sighting]:
    """The last of each kind. Of OURSELVES: the server's own signs of life."""
    rows = _OF_MACHINE.all(tx, site=site, machine=machine_id)
    return {r.kind: Sighting(machine_id, r.kind, r.at, r.moved_at, from_text(r.told, {})) for r in rows}


def of_kind(tx: Tx, site: str, kind: str, machines: Sequence[str]) -> dict[str, Sighting]:
    found: dict[str, Sighting] = {}
    for start in range(0, len(machines), 400):
        some = list(machines[start : start + 400])
        rows = tx.execute(select(g).where(g.c.site == site, g.c.kind == kind, g.c.machine.in_(some))).mappings()
        found |= {
            r["machine"]: Sighting(r["machine"], kind, r["at"], r["moved_at"], from_text(r["values"], {})) for r in rows
        }
    return found


def put_discovered(tx: Tx, site: str, seen: Discovered) -> None:
    """Raises Transient when somebody else is writing the same machine: the next try sees it."""
    values = {
        "serial": seen.serial, "vendor": seen.vendor, "model": seen.model,
        "address": seen.address, "last_at": seen.last_at,
    } | ({"facts": seen.facts} if seen.facts else {})  # fmt: skip
    changed = tx.execute(update(d).where(d.c.site == site, d.c.mac == seen.mac).values(**values))
    if changed.rowcount == 0:
        try:
            tx.execute(insert(d).values(site=site, mac=seen.mac, first_at=seen.first_at, **values))
        except IntegrityError as error:
            raise Transient("database_busy", error="two saw the same machine at once") from error
        _forget_oldest(tx, site)


def _forget_oldest(tx: Tx, site: str) -> None:
    known = tx.execute(select(func.count()).select_from(d).where(d.c.site == site)).scalar_one()
    if known > MOST_DISCOVERED:
        oldest = select(d.c.mac).where(d.c.site == site).order_by(d.c.last_at).limit(known - MOST_DISCOVERED)
        tx.execute(d.delete().where(d.c.site == site, d.c.mac.in_(oldest)))


def all_discovered(tx: Tx, site: str, limit: int) -> list[Discovered]:
    """The last seen first. Those that the register has been given since are left out; the row stays as evidence."""
    mac, machine = schema.machine_mac, schema.machine
    # In the words of the partial index, or each of thousands would scan the register.
    has_serial = machine.c.serial != literal_column("''")
    by_mac = select(mac.c.mac).where(mac.c.site == d.c.site, mac.c.mac == d.c.mac).exists()
    by_serial = (
        select(machine.c.id)
        .where(machine.c.site == d.c.site, machine.c.serial == func.upper(d.c.serial), has_serial)
        .exists()
    )
    query = select(d).where(d.c.site == site, ~by_mac, ~by_serial).order_by(d.c.last_at.desc()).limit(limit)
    return [Discovered(**{k: v for k, v in row.items() if k != "site"}) for row in tx.execute(query).mappings()]
