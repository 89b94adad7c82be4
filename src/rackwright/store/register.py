"""What an edit of the register asks of the database: who holds an identity, and who is being installed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.exc import IntegrityError

from rackwright.store import machines, schema
from rackwright.store.store import Tx
from rackwright.values.errors import Transient
from rackwright.values.install import State
from rackwright.values.machine import Machine

m = schema.machine
i = schema.install


def busy(tx: Tx, site: str, among: Sequence[str] | None = None) -> frozenset[str]:
    """Machines with an install under way, of all or of some. A held one is not: it waits for exactly such an edit."""
    query = select(i.c.machine).where(i.c.site == site, i.c.live, i.c.state != State.HELD.value)
    if among is None:
        return frozenset(tx.execute(query).scalars())
    found: set[str] = set()
    for some in _chunks(among):
        found.update(tx.execute(query.where(i.c.machine.in_(some))).scalars())
    return frozenset(found)


def holders(tx: Tx, wanted: Machine) -> list[Machine]:
    """Other machines of the site that have a hostname, serial, external id, MAC, address or BMC of this one."""
    mac, address = schema.machine_mac, schema.machine_address
    serials = {wanted.serial, wanted.serial.upper(), wanted.serial.lower()}
    same: list[ColumnElement[bool]] = [
        m.c.hostname == wanted.hostname,
        m.c.id.in_(select(mac.c.machine).where(mac.c.site == wanted.site, mac.c.mac.in_([n.mac for n in wanted.nics]))),
        m.c.id.in_(
            select(address.c.machine).where(
                address.c.site == wanted.site,
                address.c.address.in_([a.rpartition("/")[0] for a in wanted.addresses]),
            )
        ),
    ]
    if wanted.serial:
        same.append(m.c.serial.in_(sorted(serials)))
    if wanted.external_id:
        same.append(m.c.external_id == wanted.external_id)
    if wanted.bmc.address:
        same.append(m.c.bmc_address == wanted.bmc.address)
    rows = tx.execute(select(m.c.id).where(m.c.site == wanted.site, m.c.id != wanted.id, or_(*same)))
    found = [machines.get(tx, wanted.site, machine_id) for machine_id in rows.scalars().all()]
    return [machine for machine in found if machine]


def put_all(tx: Tx, changed: Iterable[Machine]) -> None:
    """Writes machines. Raises Transient when another process has just taken a name or number of theirs."""
    hostname = ""
    try:
        for machine in changed:
            hostname = machine.hostname
            machines.put(tx, machine)
    except IntegrityError as error:
        raise Transient("register_changed_meanwhile", machine=hostname) from error


def _chunks(ids: Sequence[str]) -> Iterable[list[str]]:
    return (list(ids[start : start + machines.CHUNK]) for start in range(0, len(ids), machines.CHUNK))
