"""The effect that starts a machine into the RAM OS: prove whose BMC it is and that nobody lives there; then off,
network at the next boot, on, each read back. It never runs after the claim."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from rackwright.app.advance import advance
from rackwright.app.bmc_password import open_bmc_password
from rackwright.app.context import Context
from rackwright.decide.alive import gets_soft_off
from rackwright.decide.bmc_identity import Joined, same_machine
from rackwright.decide.firmware import firmware_to_ask
from rackwright.decide.lifecycle import Trigger
from rackwright.decide.starting import POLLED_WITHIN_US, goes_on_as_it_is
from rackwright.ports import Bmc as BmcDriver
from rackwright.ports import BmcAddress, Hook, Liveness
from rackwright.store import effects, events, installs, machines, sessions, sightings
from rackwright.store.effects import Effect
from rackwright.store.json_text import from_text
from rackwright.store.store import Store, Tx
from rackwright.values.boot import Firmware
from rackwright.values.errors import MachineFailed, OperatorMustFix, RackwrightError, Transient
from rackwright.values.install import Cause, Install
from rackwright.values.machine import BmcType, Machine
from rackwright.work.before_power import HookSilent, clear, prove_bmc
from rackwright.work.in_hand import ACTOR, Forbidden, Hold, InHand, Void, said
from rackwright.work.power import Patience, Switch

TRIES = 5


@dataclass(frozen=True, slots=True)
class StartMachine:
    """`hook` is None where the operators have none."""

    store: Store
    context: Context
    drivers: Mapping[BmcType, BmcDriver]
    liveness: Liveness
    hook: Hook | None
    now: Callable[[], int]
    patience: Patience = field(default_factory=Patience)

    def carry_out(self, effect: Effect) -> None:
        """Ends the effect, or puts it off after a BMC or a hook that did not answer; five tries at most."""
        hand = InHand(self.store, self.context, self.now, effect, self.patience.lease_us)
        try:
            self._start(hand)
        except Void:
            self.store.write(lambda tx: effects.finish(tx, effect, self.now(), "void"))
        except Hold as why:
            self._end(hand, Trigger.DIFFERED, why.cause)
        except HookSilent as why:
            self._hook_later(hand, why.error)
        except Transient as error:
            self._bmc_later(hand, error)
        except Forbidden as why:
            self._end(hand, Trigger.BROKE, why.cause)
        except (MachineFailed, OperatorMustFix) as error:
            self._end(hand, Trigger.BROKE, {"key": "bmc_failed", "tries": effect.tries, **said(error)})

    def _start(self, hand: InHand) -> None:
        machine, install = hand.check()
        joined_it, claimed, polled_at = hand.read(lambda tx: _last_seen(tx, install))
        if goes_on_as_it_is(install, joined_it, claimed, polled_at, self.now()):
            self._finish(hand, "already_idle", {})
        elif machine.bmc.type is BmcType.MANUAL:
            clear(hand, self.liveness, self.hook, machine, install)
            hand.change(lambda tx, it: installs.set_bmc(tx, it, "", "", ""), machine)
            self._finish(hand, "push_the_button", {})
        else:
            idles = self.now() - polled_at <= POLLED_WITHIN_US
            soft = gets_soft_off(machine, install, idles, claimed)
            self._power(hand, machine, install, self.context.settings.soft_off_s if soft else 0)

    def _power(self, hand: InHand, machine: Machine, install: Install, soft_off_s: float) -> None:
        driver = self.drivers.get(machine.bmc.type)
        if driver is None:
            raise OperatorMustFix("refused_no_driver", address=machine.bmc.address, type=machine.bmc.type.value)
        bmc = self._reach(driver, machine)
        grounds = prove_bmc(hand, driver, bmc, machine, install)
        clear(hand, self.liveness, self.hook, machine, install)
        firmware = hand.read(lambda tx: self._firmware(tx, machine, install))
        switch = Switch(hand, driver, bmc, machine, self.patience)
        switch.off(grounds, soft_off_s)
        switch.on(grounds, firmware)
        self._finish(hand, "powered_on", {"firmware": firmware.value, "proof": grounds.proof.value})

    def _reach(self, driver: BmcDriver, machine: Machine) -> BmcAddress:
        bmc = _address(machine, open_bmc_password(self.context.vault, machine))
        if bmc.cipher is None:
            bmc = replace(bmc, cipher=driver.probe_cipher(bmc))
            self.store.write(lambda tx: machines.set_cipher(tx, machine.site, machine.id, bmc.cipher))
        return bmc

    def _firmware(self, tx: Tx, machine: Machine, install: Install) -> Firmware:
        model = self.context.settings.hardware_model.get(machine.model)
        seen = sightings.of_machine(tx, machine.site, machine.id).get("boot")
        last = Firmware(str(seen.values["firmware"])) if seen else None
        return firmware_to_ask(model.firmware if model else None, last, install.tries)

    def _finish(self, hand: InHand, kind: str, values: Mapping[str, str]) -> None:
        """From here on a boot request counts."""
        effect = hand.effect

        def finish(tx: Tx) -> None:
            machines.lock(tx, effect.site, effect.machine)
            _, install = hand.wanted(tx)
            now = self.now()
            if not effects.finish(tx, effect, now, kind):
                raise Void
            installs.set_powered_on(tx, install, now)
            events.append(tx, effect.site, effect.machine, now, kind, dict(values), ACTOR, install.id)

        self.store.write(finish)

    def _bmc_later(self, hand: InHand, error: RackwrightError) -> None:
        if hand.effect.tries >= TRIES:
            self._end(hand, Trigger.BROKE, {"key": "bmc_unreachable", "tries": hand.effect.tries, **said(error)})
        else:
            self._try_later(hand, "bmc_retry", error)

    def _hook_later(self, hand: InHand, error: RackwrightError) -> None:
        """No answer is no consent, but no failure of the machine either."""
        if hand.effect.tries >= TRIES:
            self._end(hand, Trigger.DIFFERED, {"key": "hook_unanswered", "tries": hand.effect.tries, **said(error)})
        else:
            self._try_later(hand, "hook_retry", error)

    def _try_later(self, hand: InHand, kind: str, error: RackwrightError) -> None:
        effect = hand.effect

        def put_off(tx: Tx) -> None:
            machines.lock(tx, effect.site, effect.machine)
            now = self.now()
            effects.put_off(tx, effect, now + 5_000_000 * effect.tries)
            if kind == "bmc_retry":
                # A BMC that was replaced may not know the stored cipher suite: it is probed again.
                machines.set_cipher(tx, effect.site, effect.machine, None)
            values = {**said(error), "tries": effect.tries}
            events.append(tx, effect.site, effect.machine, now, kind, values, ACTOR, effect.install)

        self.store.write(put_off)

    def _end(self, hand: InHand, trigger: Trigger, cause: Cause) -> None:
        """Holds or fails the install, if this effect is still the one to say so."""
        effect = hand.effect

        def end(tx: Tx) -> None:
            machines.lock(tx, effect.site, effect.machine)
            _, install = hand.wanted(tx)
            now = self.now()
            if not effects.finish(tx, effect, now, str(cause["key"])):
                raise Void
            advance(tx, now, self.context, install, trigger, ACTOR, cause=cause)

        try:
            self.store.write(end)
        except Void:
            self.store.write(lambda tx: effects.finish(tx, effect, self.now(), "void"))


def _last_seen(tx: Tx, install: Install) -> tuple[bool, bool, int]:
    """Whether its newest boot joined this install and is live, whether it ever claimed, and when it last polled."""
    boot = sessions.last_of_machine(tx, install.site, install.machine)
    joined_it = boot is not None and boot.install == install.id and not boot.fenced_at
    # Nor did a boot that was not the one switched on: it is powered, and judged by the BMC that the register has now.
    uuid = str(from_text(boot.facts, {}).get("uuid", "")) if boot else ""
    joined_it = joined_it and same_machine(install.bmc_guid, install.bmc_proof, uuid) is not Joined.DIFFERS
    poll = sightings.of_machine(tx, install.site, install.machine).get("poll")
    return joined_it, sessions.claimed_before(tx, install), poll.at if poll else 0


def _address(machine: Machine, password: str) -> BmcAddress:
    bmc = machine.bmc
    return BmcAddress(machine.hostname, bmc.type.value, bmc.address, bmc.user, password, bmc.cipher)
