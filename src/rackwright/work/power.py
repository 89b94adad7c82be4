"""A machine's power through its BMC: off, softly where something may run on it; network once; on. Each act is checked
for before, and read back after."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from rackwright.ports import Bmc as BmcDriver
from rackwright.ports import BmcAddress, Power
from rackwright.store import installs
from rackwright.values.boot import Firmware
from rackwright.values.errors import MachineFailed, Transient
from rackwright.values.machine import Machine
from rackwright.work.before_power import Grounds, unproven
from rackwright.work.in_hand import LEASE_US, InHand

SETTLES_S = 60.0  # a chassis may take that long to report its new power state
LOOKS_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited for what, and by which clock."""

    settles_s: float = SETTLES_S
    lease_us: int = LEASE_US
    clock: Callable[[], float] = time.monotonic
    pause: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True)
class Switch:
    """`machine` is the row that the sequence began with."""

    hand: InHand
    driver: BmcDriver
    bmc: BmcAddress
    machine: Machine
    patience: Patience

    def off(self, grounds: Grounds, soft_off_s: float) -> None:
        """`soft_off_s` is how long a running system gets to shut down, 0 for one that deserves no time."""
        if not grounds.may_switch_off:
            if self.driver.power(self.bmc) is Power.ON:  # since it was found off
                raise unproven(self.machine, self.bmc)
            return
        softly = soft_off_s > 0 and self._shuts_down(soft_off_s)
        if not softly:
            self.hand.check(self.machine)
            self.driver.power_off(self.bmc)
        self._settle(Power.OFF)
        self.hand.note("powered_off", {"how": "soft" if softly else "hard"})

    def on(self, grounds: Grounds, firmware: Firmware) -> None:
        self.hand.check(self.machine)
        self.driver.netboot_once(self.bmc, uefi=firmware is Firmware.UEFI)
        address, guid, proof = self.bmc.address, grounds.guid, grounds.proof.value
        self.hand.change(lambda tx, install: installs.set_bmc(tx, install, address, guid, proof), self.machine)
        self.driver.power_on(self.bmc)
        self._settle(Power.ON)
        self.hand.check(self.machine)

    def _shuts_down(self, soft_off_s: float) -> bool:
        """Whether the running system went off by itself in its time."""
        if self.driver.power(self.bmc) is Power.OFF:
            return False
        # Before the act: who cancels now still finds on the timeline why the machine went off.
        self.hand.note("soft_off_asked", {"seconds": round(soft_off_s)})
        self.hand.check(self.machine)
        try:
            self.driver.power_soft(self.bmc)
        except MachineFailed:
            return False  # some BMCs cannot ask
        until = self.patience.clock() + soft_off_s
        while self.driver.power(self.bmc) is not Power.OFF:
            self.hand.check(self.machine)
            if self.patience.clock() >= until:
                return False
            self.patience.pause(LOOKS_EVERY_S)
        return True

    def _settle(self, wanted: Power) -> None:
        """Verified, not believed."""
        until = self.patience.clock() + self.patience.settles_s
        while self.driver.power(self.bmc) is not wanted:
            if self.patience.clock() >= until:
                raise Transient("power_unchanged", address=self.bmc.address, said=f"power is not {wanted.value}")
            self.patience.pause(LOOKS_EVERY_S)
