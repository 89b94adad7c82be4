"""What an edit of the register asks of the database: who holds an identity, and who is being installed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError

from rackwright.store import machines, schema
from rackwright.store.store import Tx
from rackwright.values.errors import Transient
from rackwright.values.install import State
from rackwright.values.machine import Machine

m = schema.machine
i = schema.install
_LIVE = select(i.c.machine).where(i.c.live)


def busy(tx: Tx, site: str, among: Sequence[str] | None = None) -> frozenset[str]:
    """Machines with an install under way, of all or of some. A held one is not: it waits for exactly such an edit."""
    return _among(tx, _LIVE.where(i.c.site == site, i.c.state != State.HELD.value), among)


def live(tx: Tx, site: str, among: Sequence[str] | None = None) -> frozenset[str]:
    """Machines with a live install in any state, of all or of some."""
    return _among(tx, _LIVE.where(i.c.site == site), among)


def _among(tx: Tx, query: Select[str], among: Sequence[str] | None) -> frozenset[str]:
    if among is None:
        return frozenset(tx.execute(query).scalars())
    found: set[str] = set()
    for some in _chunks(among):
        found.update(tx.execute(query.where(i.c.machine.in_(some))).scalars())
    return frozenset(found)


def holders(tx: Tx, before: Machine, after: Machine) -> list[Machine]:
    """Other machines of the site that have what `after` takes on: hostname, serial, external id, MACs, addresses,
    BMC. Only what changes is asked for, each by its index."""
    mac, address = schema.machine_mac, schema.machine_address
    asked: list[Select[str]] = []
    for column in (m.c.hostname, m.c.serial, m.c.external_id, m.c.bmc_address):
        old, new = _single(before, column.name), _single(after, column.name)
        if new and new != old:
            spellings = {new, new.upper(), new.lower()} if column is m.c.serial else {new}
            asked.append(select(m.c.id).where(m.c.site == after.site, column.in_(sorted(spellings))))
    macs = [nic.mac for nic in after.nics if nic not in before.nics]
    if macs:
        asked.append(select(mac.c.machine).where(mac.c.site == after.site, mac.c.mac.in_(macs)))
    addresses = [one.rpartition("/")[0] for one in after.addresses if one not in before.addresses]
    if addresses:
        asked.append(select(address.c.machine).where(address.c.site == after.site, address.c.address.in_(addresses)))
    ids = {machine_id for query in asked for machine_id in tx.execute(query).scalars()} - {after.id}
    found = [machines.get(tx, after.site, machine_id) for machine_id in sorted(ids)]
    return [machine for machine in found if machine]


def _single(machine: Machine, column: str) -> str:
    return machine.bmc.address if column == "bmc_address" else str(getattr(machine, column))


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
