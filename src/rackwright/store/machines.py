"""The register's rows: machines with their MACs and addresses."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, and_, bindparam, delete, func, insert, literal_column, or_, select, text, update

from rackwright.store import schema
from rackwright.store.hot import Hot
from rackwright.store.json_text import from_text, to_text
from rackwright.store.store import Tx
from rackwright.values.boot import Booting
from rackwright.values.ids import Id, Mac
from rackwright.values.machine import Bmc, BmcType, Machine, Protection, RegisteredNic, Runs, Service

m = schema.machine
mac_ = schema.machine_mac
address_ = schema.machine_address
CHUNK = 400  # bound parameters in one IN list

_one = select(m).where(m.c.site == bindparam("site"), m.c.id == bindparam("id"))
_GET, _LOCK = Hot(_one), Hot(_one.with_for_update())
_FOR_BOOT = Hot(_one.with_only_columns(m.c.id, m.c.protected, m.c.service, m.c.console_port, m.c.console_speed))
# In the very words of the partial index, or no database uses it: a parameter might be the empty text.
_HAS_SERIAL = m.c.serial != literal_column("''")
_BY_SERIAL = Hot(select(m.c.id).where(m.c.site == bindparam("site"), m.c.serial == bindparam("serial"), _HAS_SERIAL))
_BY_MAC = Hot(select(mac_.c.machine).where(mac_.c.site == bindparam("site"), mac_.c.mac == bindparam("mac")))
_NICS, _ADDRESSES = (
    Hot(select(t).where(t.c.site == bindparam("site"), t.c.machine == bindparam("id")).order_by(t.c.position))
    for t in (mac_, address_)
)
_SEEN = Hot(  # what one process saw may be flushed after what another saw later
    text("UPDATE machine SET seen_at = :at, seen_as = :what WHERE site = :site AND id = :id AND seen_at <= :at")
)


def lock(tx: Tx, site: str, machine_id: str) -> Machine | None:
    """The machine, locked until the transaction ends. Every write about a machine begins here."""
    return _with_own_parts(tx, site, _LOCK.first(tx, site=site, id=machine_id))


def get(tx: Tx, site: str, machine_id: str) -> Machine | None:
    return _with_own_parts(tx, site, _GET.first(tx, site=site, id=machine_id))


def for_boot(tx: Tx, site: str, machine_id: str) -> Booting | None:
    row = _FOR_BOOT.first(tx, site=site, id=machine_id)
    if row is None:
        return None
    return Booting(Id(row.id), row.protected, Service(row.service), row.console_port, row.console_speed)


def by_ids(tx: Tx, site: str, ids: Sequence[str]) -> dict[str, Machine]:
    """These machines by id; those that do not exist are left out."""
    found: dict[str, Machine] = {}
    for start in range(0, len(ids), CHUNK):
        some = list(ids[start : start + CHUNK])
        rows = tx.execute(select(m).where(m.c.site == site, m.c.id.in_(some))).all()
        found |= {machine.id: machine for machine in _with_parts(tx, site, rows)}
    return found


def by_name(tx: Tx, site: str, name: str) -> Machine | None:
    """By hostname or serial; a hostname wins."""
    rows = tx.execute(
        select(m).where(m.c.site == site, or_(m.c.hostname == name, and_(m.c.serial == name.upper(), _HAS_SERIAL)))
    ).all()
    rows = sorted(rows, key=lambda row: row.hostname != name)
    return _with_parts(tx, site, rows[:1])[0] if rows else None


def ids_by_identity(tx: Tx, site: str, serial: str, macs: Sequence[str]) -> tuple[str | None, set[str]]:
    """Whom the register knows by this serial, and whom by any of these MACs."""
    with_serial = _BY_SERIAL.first(tx, site=site, serial=serial.upper()) if serial else None
    by_mac = {row.machine for mac in set(macs) for row in _BY_MAC.all(tx, site=site, mac=mac)}
    return with_serial.id if with_serial else None, by_mac


def by_ports(tx: Tx, site: str, macs: Collection[str]) -> dict[str, str]:
    """The machine of each MAC that the register knows as one of its ports; a BMC's own MAC is none."""
    every, found = sorted(macs), dict[str, str]()
    for start in range(0, len(every), CHUNK):
        some = mac_.c.mac.in_(every[start : start + CHUNK])
        rows = tx.execute(select(mac_.c.mac, mac_.c.machine).where(mac_.c.site == site, some, mac_.c.role != "bmc"))
        found |= {row.mac: row.machine for row in rows}
    return found


def page(
    tx: Tx, site: str, filters: Mapping[str, str | bool], after: str, limit: int
) -> list[tuple[Machine, int, str]]:
    """Machines in hostname order after a hostname, each with when it was last seen and as what.

    `filters` are columns of the register and exact values; an unknown one is a KeyError for the caller
    to have refused before."""
    query = select(m).where(m.c.site == site, m.c.hostname > after)
    for column, wanted in filters.items():
        query = query.where(m.c[column] == wanted)
    rows = tx.execute(query.order_by(m.c.hostname).limit(limit)).all()
    return [(machine, row.seen_at, row.seen_as) for machine, row in zip(_with_parts(tx, site, rows), rows, strict=True)]


def everyone(tx: Tx, site: str) -> list[Machine]:
    """The whole register, in hostname order: for import and export."""
    rows = tx.execute(select(m).where(m.c.site == site).order_by(m.c.hostname)).all()
    return _with_parts(tx, site, rows)


def count(tx: Tx, site: str) -> int:
    return tx.execute(select(func.count()).select_from(m).where(m.c.site == site)).scalar_one()


def in_rack(tx: Tx, site: str, rack: str) -> bool:
    """Whether any machine of the register stands in a rack."""
    return tx.execute(select(m.c.id).where(m.c.site == site, m.c.rack == rack).limit(1)).first() is not None


def put(tx: Tx, machine: Machine) -> None:
    """Writes a new machine, or the new values of one that is locked. The version goes up by one."""
    known = tx.execute(select(m.c.version).where(m.c.site == machine.site, m.c.id == machine.id)).scalar()
    if known is None:
        tx.execute(insert(m).values(**_columns(machine), version=1))
    else:
        tx.execute(
            update(m)
            .where(m.c.site == machine.site, m.c.id == machine.id)
            .values(**_columns(machine), version=known + 1)
        )
    _put_parts(tx, machine)


def set_protection(tx: Tx, machine: Machine, protection: Protection | None) -> None:
    """Of a machine that is locked. Its version goes up: an edit that was judged before does not undo it."""
    tx.execute(
        update(m)
        .where(m.c.site == machine.site, m.c.id == machine.id)
        .values(**_protection_columns(protection), version=m.c.version + 1)
    )


def set_cipher(tx: Tx, site: str, machine_id: str, cipher: int | None) -> None:
    tx.execute(update(m).where(m.c.site == site, m.c.id == machine_id).values(bmc_cipher=cipher))


def set_runs(tx: Tx, machine: Machine, runs: Runs, service: Service) -> None:
    """What a locked machine runs from now on, and whether it is in service with it. The version goes up by one."""
    tx.execute(
        update(m)
        .where(m.c.site == machine.site, m.c.id == machine.id)
        .values(
            runs_os=runs.os, runs_image=runs.image, runs_at=runs.at, service=service.value, version=machine.version + 1
        )
    )


def mark_seen(tx: Tx, site: str, seen: Iterable[tuple[str, int, str]]) -> None:
    """Last signs of life: machine, UTC microseconds, as what. Flushed together, never decides anything."""
    _SEEN.run_many(tx, [{"site": site, "id": machine_id, "at": at, "what": what} for machine_id, at, what in seen])


def _columns(machine: Machine) -> dict[str, Any]:
    same = (
        "site", "id", "hostname", "rack", "unit", "serial", "asset_tag", "external_id", "gateway", "vlan",
        "console_port", "console_speed", "vendor", "model", "disk", "os", "profile", "owner",
    )  # fmt: skip
    return {name: getattr(machine, name) for name in same} | {
        "dns": to_text(list(machine.dns)),
        "labels": to_text(dict(machine.labels)),
        "service": machine.service.value,
        **_protection_columns(machine.protection),
        "bmc_type": machine.bmc.type.value,
        "bmc_address": machine.bmc.address,
        "bmc_user": machine.bmc.user,
        "bmc_password": machine.bmc.password,
        "bmc_cipher": machine.bmc.cipher,
        "runs_os": machine.runs.os,
        "runs_image": machine.runs.image,
        "runs_at": machine.runs.at,
    }


def _protection_columns(protection: Protection | None) -> dict[str, Any]:
    said = protection or Protection("", "", 0)
    return {
        "protected": protection is not None, "protected_by": said.by, "protected_reason": said.reason,
        "protected_at": said.at,
    }  # fmt: skip


def _put_parts(tx: Tx, machine: Machine) -> None:
    for table in (mac_, address_):
        tx.execute(delete(table).where(table.c.site == machine.site, table.c.machine == machine.id))
    here = {"site": machine.site, "machine": machine.id}
    if machine.nics:
        nics = [here | {"mac": n.mac, "role": n.role, "position": i} for i, n in enumerate(machine.nics)]
        tx.execute(insert(mac_), nics)
    if machine.addresses:
        split = [address.rpartition("/") for address in machine.addresses]
        rows = [here | {"address": a, "prefix": int(p), "position": i} for i, (a, _, p) in enumerate(split)]
        tx.execute(insert(address_), rows)


def _with_own_parts(tx: Tx, site: str, row: Any) -> Machine | None:
    if row is None:
        return None
    nics = tuple(RegisteredNic(Mac(part.mac), part.role) for part in _NICS.all(tx, site=site, id=row.id))
    parts = _ADDRESSES.all(tx, site=site, id=row.id)
    return _machine(row, nics, tuple(f"{part.address}/{part.prefix}" for part in parts))


def _with_parts(tx: Tx, site: str, rows: Sequence[Row[Any]]) -> list[Machine]:
    nics: dict[str, list[RegisteredNic]] = {}
    addresses: dict[str, list[str]] = {}
    ids = [row.id for row in rows]
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        of_these = mac_.c.site == site, mac_.c.machine.in_(some)
        for part in tx.execute(select(mac_).where(*of_these).order_by(mac_.c.position)):
            nics.setdefault(part.machine, []).append(RegisteredNic(Mac(part.mac), part.role))
        of_these = address_.c.site == site, address_.c.machine.in_(some)
        for part in tx.execute(select(address_).where(*of_these).order_by(address_.c.position)):
            addresses.setdefault(part.machine, []).append(f"{part.address}/{part.prefix}")
    return [_machine(row, tuple(nics.get(row.id, ())), tuple(addresses.get(row.id, ()))) for row in rows]


def _machine(row: Any, nics: tuple[RegisteredNic, ...], addresses: tuple[str, ...]) -> Machine:
    labels: dict[str, str] = from_text(row.labels, {})
    return Machine(
        id=Id(row.id), site=row.site, hostname=row.hostname, version=row.version, rack=row.rack, unit=row.unit,
        serial=row.serial, asset_tag=row.asset_tag, external_id=row.external_id, nics=nics,
        addresses=addresses, gateway=row.gateway, vlan=row.vlan, dns=tuple(from_text(row.dns, [])),
        bmc=Bmc(BmcType(row.bmc_type), row.bmc_address, row.bmc_user, row.bmc_password, row.bmc_cipher),
        console_port=row.console_port, console_speed=row.console_speed, vendor=row.vendor, model=row.model,
        disk=row.disk, os=row.os, profile=row.profile, owner=row.owner, labels=tuple(sorted(labels.items())),
        service=Service(row.service),
        protection=Protection(row.protected_by, row.protected_reason, row.protected_at) if row.protected else None,
        runs=Runs(row.runs_os, row.runs_image, row.runs_at),
    )  # fmt: skip
