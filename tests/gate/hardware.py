"""A machine as it stands in the rack, in memory: its disk, its power, the kernel or the system that runs on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import uuid4

from rackwright_wire.facts import Contents, Disk, Facts, FoundSystem, Nic, Part
from rackwright_wire.messages import DiskName, Order, WritePlan

Key = tuple[str, int]  # an install and its attempt
STEPS = 3  # of writing; the disk is a system after the last one


@dataclass(slots=True)
class Content:
    """What really is on a disk. `by` is whoever wrote it last; `whole` once it is a system that boots."""

    by: Key | None = None
    whole: bool = False
    token: str = ""
    hostname: str = ""
    foreign: bool = False

    def told(self) -> Contents:
        """As the agent reports it."""
        if self.by is None and not self.foreign:
            return Contents(sampled=8)
        parts = (Part(0, "table", "gpt"), Part(1, "filesystem", "ext4", "root", 1 << 30))
        systems = (FoundSystem(1, "Debian 12", self.hostname),) if self.hostname else ()
        return Contents(parts, systems, 8, 8, "d")


@dataclass(slots=True)
class Kernel:
    """One boot of the RAM OS, and what its agent knows."""

    boot_id: str = field(default_factory=lambda: str(uuid4()))
    session: str = ""
    order: Order | None = None
    seq: int = 0
    stopped: bool = False
    claimed: set[Key] = field(default_factory=set[Key])
    writing: tuple[Key, WritePlan] | None = None
    written: int = 0


@dataclass(slots=True)
class System:
    """The installed system, booted."""

    install: str
    token: str


@dataclass(slots=True)
class Hardware:
    """`running` is None while it is off or its firmware has not booted anything yet."""

    number: int
    serial: str
    mac: str
    uuid: str
    address: str
    disk_serial: str
    content: Content = field(default_factory=Content)
    on: bool = False
    running: Kernel | System | None = None

    def facts(self) -> Facts:
        disk = Disk(
            device="/dev/vda", path="pci-0000:00:05.0", serial=self.disk_serial, wwn="", size_bytes=8 << 30,
            logical_sector_bytes=512, physical_sector_bytes=512, transport="virtio", contents=self.content.told(),
        )  # fmt: skip
        return Facts(
            serial=self.serial, uuid=self.uuid, vendor="QEMU", model="Standard PC", boot_mode="bios",
            boot_mac=self.mac, disks=(disk,), nics=(Nic("eth0", self.mac),),
        )  # fmt: skip

    def disk_name(self) -> DiskName:
        return DiskName(self.disk_serial, "", "pci-0000:00:05.0")

    def loses_power(self) -> None:
        self.on, self.running = False, None

    def starts(self) -> None:
        self.on, self.running = True, None
