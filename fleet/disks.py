"""A simulated disk: what it holds is the truth that the server's word is judged by."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from rackwright_wire.facts import Contents, Disk, FoundSystem, Part
from rackwright_wire.messages import WritePlan

SAMPLES = 64


@dataclass(frozen=True, slots=True)
class Empty:
    pass


@dataclass(frozen=True, slots=True)
class Vendor:
    """The same preloaded system on every disk that one delivery brought."""


@dataclass(frozen=True, slots=True)
class Foreign:
    """Somebody's system, which nobody gave away."""

    hostname: str


@dataclass(frozen=True, slots=True)
class Partly:
    """A write of ours began and has not come to its end."""

    install: str
    attempt: int


@dataclass(slots=True)
class System:
    """A whole system of ours. `reported`: its first boot has done what it does once."""

    install: str
    attempt: int
    image: str
    plan: WritePlan
    reported: bool = False


Holds = Empty | Vendor | Foreign | Partly | System


@dataclass(slots=True)
class SimulatedDisk:
    serial: str
    path: str
    size_bytes: int
    holds: Holds = field(default_factory=Empty)

    def kind(self) -> str:
        return type(self.holds).__name__.lower()

    def bootable(self) -> bool:
        """A disk that is partly written has no first MiB yet."""
        return isinstance(self.holds, (Vendor, Foreign, System))

    def fact(self, slot: int) -> Disk:
        return Disk(
            device=f"/dev/sd{'abcdef'[slot]}", path=self.path, serial=self.serial, wwn="", size_bytes=self.size_bytes,
            logical_sector_bytes=512, physical_sector_bytes=512, transport="sata", model="FLEETDISK", slot=slot,
            contents=self.contents(),
        )  # fmt: skip

    def contents(self) -> Contents:
        match self.holds:
            case Empty():
                return Contents(sampled=SAMPLES, digest=_digest("zeros"))
            case Vendor():
                parts = Part(0, "table", "gpt"), Part(1, "filesystem", "ntfs", "OEM", self.size_bytes // 2)
                return Contents(parts, (FoundSystem(1, "Vendor Demo 1.0", "localhost"),), SAMPLES, 40, _digest("oem"))
            case Foreign(hostname=hostname):
                parts = Part(0, "table", "gpt"), Part(1, "filesystem", "ext4", "root", self.size_bytes // 2)
                found = FoundSystem(1, "Somebody's Linux 5", hostname)
                return Contents(parts, (found,), SAMPLES, 50, _digest(f"foreign/{hostname}"))
            case Partly(install=install, attempt=attempt):
                return Contents((), (), SAMPLES, 12, _digest(f"partly/{install}/{attempt}/{self.serial}"))
            case System(install=install, attempt=attempt, plan=plan):
                parts = Part(0, "table", "gpt"), Part(2, "filesystem", "ext4", "root", self.size_bytes // 2)
                found = FoundSystem(2, "Tiny", plan.hostname)
                return Contents(parts, (found,), SAMPLES, 60, _digest(f"ours/{install}/{attempt}"))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
