"""The world outside, as the use cases need it. The store is no port: SQLite in memory is its fake."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from rackwright.values.hook import Agrees, Question, Refuses


class Power(enum.StrEnum):
    ON = "on"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class BmcAddress:
    """What a driver needs to reach one BMC. `password` is in clear text and never logged.

    `cipher` is the IPMI cipher suite to use; None asks the driver to probe (17, then 3)."""

    machine: str  # the hostname, for messages only
    type: str
    address: str
    user: str
    password: str
    cipher: int | None = None


class Bmc(Protocol):
    """One out-of-band driver. Every call is bounded in time and safe to repeat.

    Raises errors.Transient when the BMC does not answer or answers rubbish, errors.MachineFailed when it
    answers and refuses (wrong password, unsupported). Both name the machine and the BMC's address.
    """

    def probe_cipher(self, bmc: BmcAddress) -> int | None:
        """The cipher suite that works, to be stored; None where the driver has none."""
        ...

    def power(self, bmc: BmcAddress) -> Power: ...

    def power_on(self, bmc: BmcAddress) -> None: ...

    def power_off(self, bmc: BmcAddress) -> None: ...

    def power_soft(self, bmc: BmcAddress) -> None:
        """Asks the running system to shut down, and does not wait for it. It may take its time, or never do it."""
        ...

    def netboot_once(self, bmc: BmcAddress, *, uefi: bool) -> None:
        """Asks for the network at the next boot only, and reads it back."""
        ...

    def guid(self, bmc: BmcAddress) -> str:
        """The system GUID that the BMC states, empty when it has none."""
        ...

    def fru_serial(self, bmc: BmcAddress) -> str:
        """The system's serial by the BMC's inventory (FRU 0): the product's, else the chassis's. Empty when there is
        none or it is a placeholder."""
        ...


class DhcpStep(enum.StrEnum):
    """How far a machine has come, as DHCP and TFTP see it. The value is the sighting's kind."""

    FIRMWARE = "dhcp"  # its firmware's network boot took a lease
    LOADER = "loader"  # it has fetched a loader
    IPXE = "ipxe"  # the loader runs: it took a lease itself
    SYSTEM = "lease"  # an operating system took or renewed one: the RAM OS or an installed one


@dataclass(frozen=True, slots=True)
class DhcpEvent:
    """`at` is UTC microseconds; `mac` is empty where only the address is known; `detail` is the interface or the
    loader's file."""

    at: int
    step: DhcpStep
    mac: str
    address: str
    detail: str


class DhcpEvents(Protocol):
    """What the DHCP and TFTP server has seen. Evidence: it may be lost."""

    def drain(self) -> list[DhcpEvent]:
        """What came since the last time, oldest first; bounded, and told once."""
        ...


class Leases(Protocol):
    """Which address the DHCP server gave to which MAC."""

    def mac_of(self, address: str) -> str | None: ...


class How(enum.StrEnum):
    """What answered at an address."""

    PING = "ping"
    SSH = "ssh"


@dataclass(frozen=True, slots=True)
class Answered:
    address: str
    how: How


class Liveness(Protocol):
    """Does anything answer where a machine's own system would? Bounded in time and safe to repeat."""

    def alive(self, addresses: Sequence[str]) -> Answered | None:
        """The first of these IPv4 or IPv6 addresses, without prefix, that answers; None when none does in time.

        Raises errors.OperatorMustFix when this host is not allowed to ask: silence would prove nothing."""
        ...


class Hook(Protocol):
    """The operators' own word before a machine is touched."""

    def ask(self, question: Question) -> Agrees | Refuses:
        """Raises errors.Transient when it gives no answer in time, crashes, or answers rubbish."""
        ...
