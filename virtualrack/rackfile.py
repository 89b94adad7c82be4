"""What a virtual rack consists of, read from a TOML file into frozen values. Never starts anything."""

import re
from enum import Enum
from ipaddress import IPv4Address
from pathlib import Path
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

_UNITS = {"M": 1024**2, "G": 1024**3, "T": 1024**4}


class RackFileError(Exception):
    """The rack file is not usable; the message says where and why."""


class Firmware(Enum):
    BIOS = "bios"
    UEFI = "uefi"


class DiskBus(Enum):
    VIRTIO = "virtio"
    SATA = "sata"
    NVME = "nvme"


class BootOrder(Enum):
    """The order a machine boots in when nobody overrides it."""

    DISK_FIRST = "disk-first"
    NETWORK_FIRST = "network-first"


class Accelerator(Enum):
    """What runs the guest's instructions. KVM is asked for, never assumed: a nested /dev/kvm can be
    there and yet fail on the firmware's real-mode code."""

    TCG = "tcg"
    KVM = "kvm"


class CipherSuite(Enum):
    """IPMI 2.0 cipher suites a BMC may accept: 3 is HMAC-SHA1, 17 is HMAC-SHA256, both with AES-CBC-128."""

    SHA1 = 3
    SHA256 = 17


Name = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,30}$")]
Mac = Annotated[str, Meta(pattern=r"^[0-9a-f]{2}(:[0-9a-f]{2}){5}$")]


class Disk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A disk; `size` is a number with M, G or T (powers of 1024)."""

    serial: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,20}$")]
    size: Annotated[str, Meta(pattern=r"^[1-9][0-9]*[MGT]$")] = "4G"
    bus: DiskBus = DiskBus.VIRTIO

    @property
    def size_bytes(self) -> int:
        return int(self.size[:-1]) * _UNITS[self.size[-1]]


class BmcAccess(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a machine's BMC listens, and who may log in. IPMI allows 16 bytes of user name and 20 of password.

    `fru_serial` is the serial of its inventory, where that is not the machine's; empty for none."""

    address: str
    user: Annotated[str, Meta(min_length=1, max_length=16)]
    password: Annotated[str, Meta(min_length=1, max_length=20)]
    cipher_suites: tuple[CipherSuite, ...] = (CipherSuite.SHA1, CipherSuite.SHA256)
    fru_serial: str | None = None

    def __post_init__(self) -> None:
        IPv4Address(self.address)


class Machine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One machine: what its firmware reports about it, what it is built of, and its BMC."""

    name: Name
    firmware: Firmware
    serial: str
    uuid: UUID
    mac: Mac
    bmc: BmcAccess
    disks: tuple[Disk, ...]
    product: str = "Virtual Server"
    manufacturer: str = "Rackwright"
    asset: str = ""
    memory_mb: Annotated[int, Meta(ge=128)] = 1024
    boot_order: BootOrder = BootOrder.DISK_FIRST
    accelerator: Accelerator = Accelerator.TCG


class Rack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rack: machines on one network (10.77.0.0/24, fd77::/64; the server's side is .1)."""

    machines: tuple[Machine, ...]
    name: Name = "rack"

    def machine(self, name: str) -> Machine:
        """The machine called `name`; LookupError when there is none."""
        for machine in self.machines:
            if machine.name == name:
                return machine
        raise LookupError(f"the rack has no machine called {name}")


def parse_rack(text: str) -> Rack:
    """A Rack from TOML text; RackFileError names the field or the value used twice."""
    try:
        rack = msgspec.toml.decode(text, type=Rack)
    except (msgspec.DecodeError, ValueError) as error:
        raise RackFileError(str(error)) from error
    _refuse_duplicates(rack)
    return rack


def load_rack(path: Path) -> Rack:
    """A Rack from a TOML file; RackFileError when it cannot be read or is wrong."""
    try:
        return parse_rack(path.read_text())
    except OSError as error:
        raise RackFileError(f"{path}: {error.strerror}") from error
    except RackFileError as error:
        raise RackFileError(f"{path}: {error}") from error


def tap_name(machine: Machine) -> str:
    """The machine's network device: from its MAC, because interface names end at 15 characters."""
    return "tap" + re.sub(":", "", machine.mac)[-8:]


def _refuse_duplicates(rack: Rack) -> None:
    # Two machines may share a serial on purpose (a rack of clones is a thing to test), but never what
    # names a device or a socket on the host.
    for what, values in (
        ("name", [m.name for m in rack.machines]),
        ("network device", [tap_name(m) for m in rack.machines]),
        ("BMC address", [m.bmc.address for m in rack.machines]),
    ):
        twice = sorted({value for value in values if values.count(value) > 1})
        if twice:
            raise RackFileError(f"{what} used twice: {', '.join(twice)}")
