"""A rack of BMCs in memory, the Bmc port's fake: stateful, and broken in the ways real ones are."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn

from rackwright.ports import BmcAddress, Power
from rackwright.values.errors import MachineFailed, RackwrightError, Transient


class Behaviour(enum.Enum):
    HONEST = "honest"
    DEAD = "dead"  # nothing answers
    SLOW = "slow"  # answers later than anyone waits
    BUSY = "busy"  # answers that it has no resources
    LYING = "lying"  # says yes and does nothing
    POOR = "poor"  # knows no boot flags


class Netboot(enum.Enum):
    """What the next boot is asked to be."""

    BIOS = "bios"
    UEFI = "uefi"


@dataclass(slots=True)
class FakeMachine:
    """One machine behind its BMC. Switching on uses up `netboot`, which `booted` then tells. A system that is not
    `obedient` ignores that it is asked to shut down."""

    user: str = "admin"
    password: str = "secret"  # noqa: S105
    behaviour: Behaviour = Behaviour.HONEST
    cipher: int = 17
    guid: str = "4c4c4544-0032-4410-804d-b7c04f313259"
    fru_serial: str = ""
    obedient: bool = True
    on: bool = False
    netboot: Netboot | None = None
    booted: list[Netboot | None] = field(default_factory=list[Netboot | None])


@dataclass(slots=True)
class FakeBmc:
    """Machines by BMC address; an address that is not there is dead. `on_boot` hears of each power-on."""

    rack: dict[str, FakeMachine] = field(default_factory=dict[str, FakeMachine])
    on_boot: Callable[[str, Netboot | None], None] = lambda _address, _netboot: None

    def probe_cipher(self, bmc: BmcAddress) -> int | None:
        return self._log_in(bmc).cipher

    def power(self, bmc: BmcAddress) -> Power:
        return Power.ON if self._log_in(bmc).on else Power.OFF

    def power_on(self, bmc: BmcAddress) -> None:
        machine = self._log_in(bmc)
        if machine.on or machine.behaviour is Behaviour.LYING:
            return
        netboot, machine.netboot = machine.netboot, None
        machine.on = True
        machine.booted.append(netboot)
        self.on_boot(bmc.address, netboot)

    def power_off(self, bmc: BmcAddress) -> None:
        machine = self._log_in(bmc)
        if machine.behaviour is not Behaviour.LYING:
            machine.on = False

    def power_soft(self, bmc: BmcAddress) -> None:
        machine = self._log_in(bmc)
        if machine.obedient and machine.behaviour is not Behaviour.LYING:
            machine.on = False

    def netboot_once(self, bmc: BmcAddress, *, uefi: bool) -> None:
        machine = self._log_in(bmc)
        if machine.behaviour is Behaviour.POOR:
            _fail(MachineFailed, "bmc_unsupported", bmc)
        if machine.behaviour is Behaviour.LYING:
            _fail(MachineFailed, "bmc_netboot_not_kept", bmc)
        machine.netboot = Netboot.UEFI if uefi else Netboot.BIOS

    def guid(self, bmc: BmcAddress) -> str:
        return self._log_in(bmc).guid

    def fru_serial(self, bmc: BmcAddress) -> str:
        return self._log_in(bmc).fru_serial

    def _log_in(self, bmc: BmcAddress) -> FakeMachine:
        machine = self.rack.get(bmc.address)
        if machine is None or machine.behaviour in (Behaviour.DEAD, Behaviour.SLOW):
            _fail(Transient, "bmc_unreachable", bmc)
        if machine.behaviour is Behaviour.BUSY:
            _fail(Transient, "bmc_busy", bmc)
        if (bmc.user, bmc.password) != (machine.user, machine.password):
            _fail(MachineFailed, "bmc_login_refused", bmc)
        if bmc.cipher not in (None, machine.cipher):
            _fail(MachineFailed, "bmc_cipher_refused", bmc)
        return machine


def _fail(kind: type[RackwrightError], key: str, bmc: BmcAddress) -> NoReturn:
    raise kind(key, machine=bmc.machine, address=bmc.address, user=bmc.user, step="", said="")
