"""The metal of one simulated machine: what its RAM OS would report, and its disks."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass

from fleet.disks import Foreign, SimulatedDisk, Vendor
from fleet.faults import Faults
from fleet.rack import MODEL, VENDOR, Body, Oddity
from rackwright_wire.facts import BmcFacts, Cpu, Facts, Nic

MEMORY_BYTES = 64 << 30


@dataclass(frozen=True, slots=True)
class EarlierSession:
    """What a boot of this machine was given when it joined."""

    session: str
    boot_id: str
    token: str

    def headers(self) -> tuple[str, ...]:
        return "Content-Type: application/json", f"Authorization: Bearer {self.token}"


class Hardware:
    """`calm` ends its bad luck; `sessions` are those of all its boots."""

    def __init__(self, body: Body, faults: Faults, rng: random.Random) -> None:
        self.body = body
        self.calm = False
        self.sessions: list[EarlierSession] = []
        self._faults, self._rng = faults, rng
        self.disks = tuple(
            SimulatedDisk(serial, f"pci-0000:00:1f.2-ata-{slot + 1}", body.disk_bytes)
            for slot, serial in enumerate(body.disks)
        )
        if body.has(Oddity.VENDOR_DATA):
            self.disks[0].holds = Vendor()
        elif body.has(Oddity.FOREIGN_SYSTEM):
            self.disks[0].holds = Foreign(f"old-{body.name}")

    @property
    def boot_mode(self) -> str:
        return "uefi" if self.body.uefi else "bios"

    def new_boot_id(self) -> str:
        return str(uuid.UUID(int=self._rng.getrandbits(128), version=4))

    def breaks(self) -> bool:
        """Whether the disk fails in this step."""
        return not self.calm and self._rng.random() < self._faults.disk_breaks

    def is_slow(self) -> bool:
        """Whether this install's image is slow to write."""
        return not self.calm and self._rng.random() < self._faults.slow_disk

    def facts(self, boot_port: int) -> Facts:
        body = self.body
        return Facts(
            serial=body.serial, uuid=body.uuid, vendor=VENDOR, model=MODEL, boot_mode=self.boot_mode,
            boot_mac=body.ports[boot_port].mac, kernel="6.1.0", cpu=Cpu("Fleet CPU", 2, 16, 32),
            memory_bytes=MEMORY_BYTES, disks=tuple(disk.fact(slot) for slot, disk in enumerate(self.disks)),
            nics=tuple(Nic(f"eth{n}", port.mac, True, 10_000) for n, port in enumerate(body.ports)),
            bmc=BmcFacts(address=body.bmc_address),
        )  # fmt: skip
