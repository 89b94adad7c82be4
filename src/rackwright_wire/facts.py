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
class Part:
    """One thing that a disk holds. `number` is its partition's, 0 for the disk itself. `kind` is table, filesystem,
    swap, raid, lvm, luks, data (of an unknown or another kind) or empty (a partition of which every place that was
    read is zero); `type` is blkid's word for it (gpt, ext4, LVM2_member …), empty where it has none. Two parts with one
    number: several signatures on one device."""

    number: int
    kind: str
    type: str = ""
    label: str = ""
    size_bytes: int = 0


@dataclass(frozen=True, slots=True)
class FoundSystem:
    """An operating system on a disk, by its own files: the name it gives itself, and its host name."""

    number: int
    os: str = ""
    hostname: str = ""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a disk holds. `sampled` places of it were read and `filled` of them were not all zero. `digest` is a sha256
    over what the filled ones hold, empty when there are none: equal disks have equal digests. Where the disk has a
    table or a signature of its own, its first and last MiB, which differ from disk to disk, are left out of it. An
    empty disk has no parts and none filled; few places are read when the disk is slow or breaks."""

    parts: tuple[Part, ...] = ()
    systems: tuple[FoundSystem, ...] = ()
    sampled: int = 0
    filled: int = 0
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Disk:
    """One whole block device.

    `path` is the stable bus path (`pci-0000:00:05.0`, `pci-0000:00:1f.2-ata-1`), `device` the kernel's
    name of this boot (`/dev/vda`). `transport` is one of sata, sas, scsi, nvme, virtio, usb, mmc, raid,
    fc, iscsi, nvmeof, srp or unknown. `slot` orders the disks of one machine, lowest first. `contents` is None when
    nobody could look.
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
    contents: Contents | None = None


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
