"""What a machine reports of itself. Everything in it is the machine's claim, never the register's word."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class MemoryModule:
    """One populated memory slot, from SMBIOS type 17."""

    slot: str
    size_bytes: int
    speed_mts: int = 0
    part_number: str = ""
    serial: str = ""


@dataclass(frozen=True, slots=True)
class Cpu:
    model: str = ""
    sockets: int = 0
    cores: int = 0
    threads: int = 0


@dataclass(frozen=True, slots=True)
class Disk:
    """One whole block device.

    `path` is the stable bus path (`pci-0000:00:05.0`, `pci-0000:00:1f.2-ata-1`), `device` the kernel's
    name of this boot (`/dev/vda`). `transport` is one of sata, sas, scsi, nvme, virtio, usb, mmc, raid,
    fc, iscsi, nvmeof, srp or unknown. `slot` orders the disks of one machine, lowest first.
    """

    device: str
    path: str
    serial: str
    wwn: str
    size_bytes: int
    logical_sector_bytes: int
    physical_sector_bytes: int
    transport: str
    model: str = ""
    rotational: bool = False
    read_only: bool = False
    slot: int = 0


@dataclass(frozen=True, slots=True)
class Nic:
    """One Ethernet port. `mac` is its permanent address where the driver tells it."""

    name: str
    mac: str
    link: bool | None = None
    speed_mbps: int = 0
    driver: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class BmcFacts:
    """The BMC as seen in-band; empty strings where the machine has none or it does not answer."""

    address: str = ""
    mac: str = ""
    firmware: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """One report of a machine: SMBIOS identity, boot mode, processors, memory, disks, NICs, BMC."""

    serial: str = ""
    uuid: str = ""
    vendor: str = ""
    model: str = ""
    asset_tag: str = ""
    firmware_version: str = ""
    boot_mode: str = ""  # bios | uefi
    boot_mac: str = ""
    kernel: str = ""
    cpu: Cpu = field(default_factory=Cpu)
    memory_bytes: int = 0
    memory_modules: tuple[MemoryModule, ...] = ()
    disks: tuple[Disk, ...] = ()
    nics: tuple[Nic, ...] = ()
    bmc: BmcFacts = field(default_factory=BmcFacts)
