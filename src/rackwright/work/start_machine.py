"""The effect that starts a machine into the RAM OS: off, read back; network at the next boot; on, read back.

Before every act it checks that the install still wants it and that the lease is still its own. It never runs
after the claim.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from rackwright.app.advance import advance
from rackwright.app.bmc_password import open_bmc_password
from rackwright.app.context import Context
from rackwright.decide.arming import may_go_on
from rackwright.decide.firmware import firmware_to_ask
from rackwright.decide.lifecycle import Trigger
from rackwright.decide.starting import goes_on_as_it_is
from rackwright.ports import Bmc as BmcDriver
from rackwright.ports import BmcAddress, Power
from rackwright.store import effects, events, installs, machines, sessions, sightings
from rackwright.store.effects import Effect
from rackwright.store.store import Store, Tx
from rackwright.values.boot import Firmware
from rackwright.values.errors import MachineFailed, OperatorMustFix, RackwrightError, Transient
from rackwright.values.install import Cause, Install, State
from rackwright.values.machine import Bmc, BmcType, Machine

SETTLES_S = 60.0  # a chassis may take that long to report its new power state
LEASE_US = 180_000_000  # renewed before each act: longer than the longest act with its own bounded waits
TRIES = 5
ACTOR = "rackwright"
SAID = ("machine", "address", "user", "step", "said", "read", "type")


class _Void(Exception):
    """The install moved on: this effect is not wanted any more."""


class _Forbidden(Exception):
    """The register forbids it since the arming."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause["key"])
        self.cause = cause


@dataclass(frozen=True, slots=True)
class StartMachine:
    store: Store
    context: Context
    drivers: Mapping[BmcType, BmcDriver]
    now: Callable[[], int]
    settles_s: float = SETTLES_S

    def carry_out(self, effect: Effect) -> None:
        """Ends the effect, or puts it off after a BMC that did not answer; after five tries the install fails."""
        try:
            machine, install = self._check(effect)
            if self.store.read(lambda tx: self._idles(tx, install)):
                self._finish(effect, "already_idle", {})
            elif machine.bmc.type is BmcType.MANUAL:
                self._finish(effect, "push_the_button", {})
            else:
                self._power(effect, machine, install)
        except _Void:
            self.store.write(lambda tx: effects.finish(tx, effect, self.now(), "void"))
        except Transient as error:
            self._try_later(effect, error)
        except _Forbidden as why:
            self._give_up(effect, why.cause)
        except (MachineFailed, OperatorMustFix) as error:
            self._give_up(effect, {"key": "bmc_failed", "tries": effect.tries, **_said(error)})

    def _idles(self, tx: Tx, install: Install) -> bool:
        boot = sessions.last_of_machine(tx, install.site, install.machine)
        joined_it = boot is not None and boot.install == install.id and not boot.fenced_at
        poll = sightings.of_machine(tx, install.site, install.machine).get("poll")
        claimed = sessions.claimed_before(tx, install)
        return goes_on_as_it_is(install, joined_it, claimed, poll.at if poll else 0, self.now())

    def _power(self, effect: Effect, machine: Machine, install: Install) -> None:
        driver = self.drivers.get(machine.bmc.type)
        if driver is None:
            raise OperatorMustFix("refused_no_driver", address=machine.bmc.address, type=machine.bmc.type.value)
        bmc = _address(machine, open_bmc_password(self.context.vault, machine))
        if bmc.cipher is None:
            bmc = replace(bmc, cipher=driver.probe_cipher(bmc))
            self.store.write(lambda tx: machines.set_cipher(tx, machine.site, machine.id, bmc.cipher))
        firmware = self.store.read(lambda tx: self._firmware(tx, machine, install))
        self._check(effect, machine)
        driver.power_off(bmc)
        self._settle(driver, bmc, Power.OFF)
        self._note_off(effect)
        self._check(effect, machine)
        driver.netboot_once(bmc, uefi=firmware is Firmware.UEFI)
        self._check(effect, machine)
        driver.power_on(bmc)
        self._settle(driver, bmc, Power.ON)
        self._check(effect, machine)
        self._finish(effect, "powered_on", {"firmware": firmware.value})

    def _firmware(self, tx: Tx, machine: Machine, install: Install) -> Firmware:
        model = self.context.settings.hardware_model.get(machine.model)
        seen = sightings.of_machine(tx, machine.site, machine.id).get("boot")
        last = Firmware(str(seen.values["firmware"])) if seen else None
        return firmware_to_ask(model.firmware if model else None, last, install.tries)

    def _settle(self, driver: BmcDriver, bmc: BmcAddress, wanted: Power) -> None:
        """Verified, not believed."""
        until = time.monotonic() + self.settles_s
        while driver.power(bmc) is not wanted:
            if time.monotonic() >= until:
                raise Transient("power_unchanged", address=bmc.address, said=f"power is not {wanted.value}")
            time.sleep(1.0)

    def _check(self, effect: Effect, begun: Machine | None = None) -> tuple[Machine, Install]:
        return self.store.write(lambda tx: self._still_ours(tx, effect, begun))

    def _still_ours(self, tx: Tx, effect: Effect, begun: Machine | None) -> tuple[Machine, Install]:
        """Two power sequences at one machine would leave it in the state that neither wants. `begun` is the row that
        the sequence began with: an address corrected since may have been another machine's."""
        if not effects.renew(tx, effect, self.now() + LEASE_US):
            raise _Void
        machine, install = self._wanted(tx, effect)
        if against := may_go_on(machine, install):
            raise _Forbidden(against.cause)
        if begun and _reached(machine) != _reached(begun):
            raise Transient("register_changed_meanwhile", machine=machine.hostname, address=begun.bmc.address)
        return machine, install

    def _note_off(self, effect: Effect) -> None:
        """If the install is cancelled here, the timeline says that the machine was left off."""

        def note(tx: Tx) -> None:
            machines.lock(tx, effect.site, effect.machine)
            events.append(tx, effect.site, effect.machine, self.now(), "powered_off", {}, ACTOR, effect.install)

        self.store.write(note)

    def _wanted(self, tx: Tx, effect: Effect) -> tuple[Machine, Install]:
        machine = machines.get(tx, effect.site, effect.machine)
        install = installs.get(tx, effect.site, effect.install)
        if machine is None or install is None or install.version != effect.install_version:
            raise _Void
        if install.state is not State.STARTING:
            raise _Void
        return machine, install

    def _finish(self, effect: Effect, kind: str, values: Mapping[str, str]) -> None:
        """From here on a boot request counts."""

        def finish(tx: Tx) -> None:
            machines.lock(tx, effect.site, effect.machine)
            _, install = self._wanted(tx, effect)
            now = self.now()
            if not effects.finish(tx, effect, now, kind):
                raise _Void
            installs.set_powered_on(tx, install, now)
            events.append(tx, effect.site, effect.machine, now, kind, dict(values), ACTOR, install.id)

        self.store.write(finish)

    def _try_later(self, effect: Effect, error: RackwrightError) -> None:
        if effect.tries >= TRIES:
            self._give_up(effect, {"key": "bmc_unreachable", "tries": effect.tries, **_said(error)})
            return

        def put_off(tx: Tx) -> None:
            machines.lock(tx, effect.site, effect.machine)
            now = self.now()
            effects.put_off(tx, effect, now + 5_000_000 * effect.tries)
            # A BMC that was replaced may not know the stored cipher suite: it is probed again.
            machines.set_cipher(tx, effect.site, effect.machine, None)
            values = {**_said(error), "tries": effect.tries}
            events.append(tx, effect.site, effect.machine, now, "bmc_retry", values, ACTOR, effect.install)

        self.store.write(put_off)

    def _give_up(self, effect: Effect, cause: Cause) -> None:
        def fail(tx: Tx) -> None:
            machines.lock(tx, effect.site, effect.machine)
            now = self.now()
            effects.finish(tx, effect, now, str(cause["key"]))
            _, install = self._wanted(tx, effect)
            advance(tx, now, self.context, install, Trigger.BROKE, ACTOR, cause=cause)

        try:
            self.store.write(fail)
        except _Void:
            self.store.write(lambda tx: effects.finish(tx, effect, self.now(), "void"))


def _address(machine: Machine, password: str) -> BmcAddress:
    bmc = machine.bmc
    return BmcAddress(machine.hostname, bmc.type.value, bmc.address, bmc.user, password, bmc.cipher)


def _reached(machine: Machine) -> Bmc:
    """How the register says that the BMC is reached; the suite that worked is no part of that."""
    return replace(machine.bmc, cipher=None)


def _said(error: RackwrightError) -> dict[str, str]:
    """What a BMC's error says: the key of its sentence and that sentence's values, never a password."""
    told = {name: str(error.values[name])[:200] for name in SAID if name in error.values}
    return {"error_key": error.key, **told}
