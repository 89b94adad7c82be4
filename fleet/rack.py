"""What stands in the fleet, from a seed: each body as it really is, and the row that the register has of it."""

from __future__ import annotations

import csv
import enum
import io
import random
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from fleet.faults import Faults

GIB = 1 << 30
BIG, SMALL = 8 * GIB, 1 << 16
BMC_USER, BMC_PASSWORD = "fleet", "fleet-secret"
OWNER = "fleet"
ROW_PREFIX = "m"
MACHINES_A_RACK = 20


class Oddity(enum.StrEnum):
    """How a body is not what it should be, or its row not true."""

    WRONG_SERIAL = "wrong serial"
    SWAPPED_CABLES = "swapped cables"
    SWAPPED_BMCS = "swapped BMCs"
    CLONE = "clone"
    BOTH_PORTS_ASK = "both ports ask"
    SMALL_DISK = "small disk"
    VENDOR_DATA = "vendor data"
    FOREIGN_SYSTEM = "foreign system"
    BMC_SLOW = "slow BMC"
    BMC_FLAKY = "flaky BMC"
    BMC_LATE = "late BMC"
    BMC_RUBBISH = "BMC that talks rubbish"
    BMC_LYING = "lying BMC"
    BMC_DEAD = "dead BMC"
    BMC_WITHOUT_FRU = "BMC without FRU"


# Nobody may write a machine that is not who the register says.
NEVER_RIGHT = frozenset({Oddity.WRONG_SERIAL, Oddity.SWAPPED_CABLES, Oddity.CLONE, Oddity.SMALL_DISK})


@dataclass(frozen=True, slots=True)
class Port:
    mac: str
    address: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the register."""

    hostname: str
    serial: str
    macs: tuple[str, ...]
    bmc_address: str
    disk: str
    rack: str


@dataclass(frozen=True, slots=True)
class Body:
    """One machine of metal. `row` is None for one that nobody registered. The first disk is the one to be written."""

    number: int
    name: str
    serial: str
    uuid: str
    ports: tuple[Port, ...]
    bmc_address: str
    disks: tuple[str, ...]
    disk_bytes: int
    uefi: bool
    network_first: bool
    row: Row | None
    oddities: frozenset[Oddity] = frozenset()

    def has(self, oddity: Oddity) -> bool:
        return oddity in self.oddities


def build(machines: int, seed: int, faults: Faults) -> tuple[Body, ...]:
    """The same seed gives the same rack."""
    rng = random.Random(f"rack/{seed}")
    bodies = [_body(rng, seed, number, faults) for number in range(1, machines + 1)]
    _swap(rng, bodies, faults.swapped_cables, Oddity.SWAPPED_CABLES)
    _swap(rng, bodies, faults.swapped_bmcs, Oddity.SWAPPED_BMCS)
    clones = [_clone(rng, seed, body) for body in bodies if rng.random() < faults.clone]
    return (*bodies, *clones)


def register_csv(bodies: Iterable[Body]) -> bytes:
    """The register as an operator would import it."""
    out = io.StringIO()
    names = (
        "hostname", "rack", "serial", "macs", "bmc_type", "bmc_address", "bmc_user", "bmc_password", "vendor", "model",
        "disk", "os", "owner",
    )  # fmt: skip
    writer = csv.writer(out)
    writer.writerow(names)
    for body in bodies:
        if row := body.row:
            writer.writerow((
                row.hostname, row.rack, row.serial, "; ".join(row.macs), "ipmi", row.bmc_address, BMC_USER,
                BMC_PASSWORD, VENDOR, MODEL, row.disk, "tiny", OWNER,
            ))  # fmt: skip
    return out.getvalue().encode()


VENDOR, MODEL = "Fleet Inc.", "Fleet 1"


def _body(rng: random.Random, seed: int, number: int, faults: Faults) -> Body:
    serial, name = f"FL{seed % 1000:03}{number:05}", f"{ROW_PREFIX}{number:04}"
    ports = tuple(_port(number, port) for port in (0, 1))
    bmc = f"10.{66 + number // 62500}.{number // 250 % 250}.{number % 250 + 1}"
    disks = tuple(f"D{serial}{letter}" for letter in "AB"[: rng.choice((1, 2))])
    oddities = frozenset(_oddities(rng, faults))
    # A machine with two disks is registered with the one that is meant, by its serial.
    selector = f"serial={disks[0]}" if len(disks) > 1 else ""
    registered = f"X{serial}" if Oddity.WRONG_SERIAL in oddities else serial
    row = Row(name, registered, (ports[0].mac, ports[1].mac), bmc, selector, f"R{number // MACHINES_A_RACK:02}")
    return Body(
        number=number, name=name, serial=serial, uuid=_uuid(rng), ports=ports, bmc_address=bmc, disks=disks,
        disk_bytes=SMALL if Oddity.SMALL_DISK in oddities else BIG, uefi=rng.random() < 0.5,
        network_first=rng.random() < faults.network_first, row=row, oddities=oddities,
    )  # fmt: skip


def _oddities(rng: random.Random, faults: Faults) -> list[Oddity]:
    chances = {
        Oddity.WRONG_SERIAL: faults.wrong_serial, Oddity.BOTH_PORTS_ASK: faults.both_ports_ask,
        Oddity.SMALL_DISK: faults.small_disk, Oddity.BMC_WITHOUT_FRU: faults.bmc_without_fru,
    }  # fmt: skip
    found = [oddity for oddity, chance in chances.items() if rng.random() < chance]
    found += _one_of(rng, {Oddity.VENDOR_DATA: faults.vendor_data, Oddity.FOREIGN_SYSTEM: faults.foreign_system})
    return found + _one_of(
        rng,
        {
            Oddity.BMC_SLOW: faults.bmc_slow, Oddity.BMC_FLAKY: faults.bmc_flaky, Oddity.BMC_LATE: faults.bmc_late,
            Oddity.BMC_RUBBISH: faults.bmc_rubbish, Oddity.BMC_LYING: faults.bmc_lying,
            Oddity.BMC_DEAD: faults.bmc_dead,
        },
    )  # fmt: skip


def _one_of(rng: random.Random, chances: dict[Oddity, float]) -> list[Oddity]:
    drawn = rng.random()
    for oddity, chance in chances.items():
        if drawn < chance:
            return [oddity]
        drawn -= chance
    return []


def _swap(rng: random.Random, bodies: list[Body], share: float, what: Oddity) -> None:
    """Pairs whose rows name each other's ports, or each other's BMC."""
    free = [n for n, body in enumerate(bodies) if not body.oddities & {Oddity.SWAPPED_CABLES, Oddity.SWAPPED_BMCS}]
    chosen = rng.sample(free, int(len(bodies) * share) // 2 * 2)
    for a, b in zip(chosen[::2], chosen[1::2], strict=True):
        one, other = bodies[a].row, bodies[b].row
        assert one is not None
        assert other is not None
        if what is Oddity.SWAPPED_CABLES:
            one, other = replace(one, macs=other.macs), replace(other, macs=one.macs)
        else:
            one, other = replace(one, bmc_address=other.bmc_address), replace(other, bmc_address=one.bmc_address)
        bodies[a] = replace(bodies[a], row=one, oddities=bodies[a].oddities | {what})
        bodies[b] = replace(bodies[b], row=other, oddities=bodies[b].oddities | {what})


def _clone(rng: random.Random, seed: int, body: Body) -> Body:
    """Another board with the same serial, its own ports, disks and no row."""
    del seed
    return replace(
        body, name=f"{body.name}-clone", uuid=_uuid(rng), ports=tuple(_port(body.number, n) for n in (2, 3)),
        bmc_address="", disks=tuple(f"C{disk}" for disk in body.disks), network_first=True, row=None,
        oddities=frozenset({Oddity.CLONE}),
    )  # fmt: skip


def _port(number: int, port: int) -> Port:
    """An address of its own for each port: 127.0.0.0/8 is all this host's."""
    mac = f"52:54:{port:02x}:{number >> 16 & 0xFF:02x}:{number >> 8 & 0xFF:02x}:{number & 0xFF:02x}"
    return Port(mac, f"127.{20 + port}.{number // 250}.{number % 250 + 1}")


def _uuid(rng: random.Random) -> str:
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


def oddities_of(bodies: Sequence[Body]) -> dict[str, int]:
    """How many of each, for the report."""
    return {oddity.value: count for oddity in Oddity if (count := sum(1 for body in bodies if body.has(oddity)))}
