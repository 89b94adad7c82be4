"""A machine as the register has it: who it must be, never what it reports."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from rackwright.values.ids import Id, Mac


class BmcType(enum.StrEnum):
    IPMI = "ipmi"
    ILO = "ilo"
    REDFISH = "redfish"
    MANUAL = "manual"


class Service(enum.StrEnum):
    """The register's state of a machine."""

    NEW = "new"
    IN_SERVICE = "in service"  # protected: nothing installs over it without --reinstall and a reason


@dataclass(frozen=True, slots=True)
class RegisteredNic:
    """One MAC of the register. `role` is free text; `bmc` and `production` have a meaning."""

    mac: Mac
    role: str = ""


@dataclass(frozen=True, slots=True)
class Bmc:
    """How to reach the machine's BMC. `password` is sealed by the vault; `cipher` is the IPMI cipher suite
    that worked last, None before the first contact."""

    type: BmcType = BmcType.MANUAL
    address: str = ""
    user: str = ""
    password: str = ""
    cipher: int | None = None


@dataclass(frozen=True, slots=True)
class Runs:
    """What the machine runs, by its own proof at the last phone-home; `at` in UTC microseconds."""

    os: str = ""
    image: str = ""
    at: int = 0


@dataclass(frozen=True, slots=True)
class Protection:
    """Why nothing may install over a machine: who said so, when (UTC microseconds), and for what reason."""

    by: str
    reason: str
    at: int


@dataclass(frozen=True, slots=True)
class Machine:
    """One row of the register. `addresses` are `address/prefix`; the first is the production address."""

    id: Id
    site: str
    hostname: str
    version: int = 1
    rack: str = ""
    unit: str = ""
    serial: str = ""
    asset_tag: str = ""
    external_id: str = ""
    nics: tuple[RegisteredNic, ...] = ()
    addresses: tuple[str, ...] = ()
    gateway: str = ""
    vlan: int | None = None
    dns: tuple[str, ...] = ()
    bmc: Bmc = field(default_factory=Bmc)
    console_port: str = "ttyS0"
    console_speed: int = 115200
    vendor: str = ""
    model: str = ""
    disk: str = ""
    os: str = ""
    profile: str = ""
    owner: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    service: Service = Service.NEW
    protection: Protection | None = None
    runs: Runs = field(default_factory=Runs)

    @property
    def protected(self) -> bool:
        return self.protection is not None

    @property
    def ports(self) -> tuple[RegisteredNic, ...]:
        """The MACs that its system sees: the BMC's own is not among them."""
        return tuple(nic for nic in self.nics if nic.role != "bmc")
