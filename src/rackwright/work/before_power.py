"""What must hold before a machine's power is touched: the BMC is this machine's, the machine is not alive, and the
operators' own hook agrees. Touches nothing itself."""

from __future__ import annotations

from dataclasses import dataclass

from rackwright.decide.alive import looks_alive
from rackwright.decide.bmc_identity import (
    AnotherMachines,
    CannotSay,
    Known,
    Proven,
    Stated,
    trusted,
    uuid_forms,
    whose_bmc,
)  # fmt: skip
from rackwright.ports import Bmc as BmcDriver
from rackwright.ports import BmcAddress, Hook, Liveness, Power
from rackwright.store import events, installs, machines, sessions
from rackwright.store.store import Tx
from rackwright.values.bmc import Proof, Unproven
from rackwright.values.errors import OperatorMustFix, Transient
from rackwright.values.hook import Question, Refuses
from rackwright.values.ids import genuine
from rackwright.values.install import Install
from rackwright.values.machine import Machine
from rackwright.values.reported import one_line
from rackwright.work.in_hand import ACTOR, Hold, InHand, said


class HookSilent(Exception):
    """The hook gave no answer; it is asked again later."""

    def __init__(self, error: Transient) -> None:
        super().__init__(error.key)
        self.error = error


@dataclass(frozen=True, slots=True)
class Grounds:
    """Why the BMC may be told to act. What was only found to be off is switched on, never off."""

    proof: Proof
    guid: str
    may_switch_off: bool


def prove_bmc(hand: InHand, driver: BmcDriver, bmc: BmcAddress, machine: Machine, install: Install) -> Grounds:
    """Raises Hold when the BMC is another machine's, or when nobody can say and the setting wants a person to."""
    stated = Stated(driver.guid(bmc), driver.fru_serial(bmc))
    verdict = whose_bmc(hand.read(lambda tx: _known(tx, machine, stated)), stated)
    match verdict:
        case Proven():
            grounds = Grounds(verdict.by, stated.guid, True)
        case AnotherMachines():
            raise Hold({
                "key": "bmc_of_another_machine", "hostname": machine.hostname, "address": bmc.address,
                "by": verdict.by.value.upper(), "stated": one_line(verdict.stated, 64),
                "expected": verdict.expected or "-", "whose": verdict.whose or "-",
            })  # fmt: skip
        case CannotSay():
            grounds = _on_trust(hand, driver, bmc, machine, install, stated)
    kind = f"bmc_{'unproven' if isinstance(verdict, CannotSay) else 'proven'}_{grounds.proof.value}"
    hand.change(lambda tx, it: events.append_once(tx, it.site, it.machine, hand.now(), kind, {}, ACTOR, it.id), machine)
    return grounds


def unproven(machine: Machine, bmc: BmcAddress) -> Hold:
    return Hold({"key": "bmc_unproven", "hostname": machine.hostname, "address": bmc.address, "model": machine.model})


def clear(hand: InHand, liveness: Liveness, hook: Hook | None, machine: Machine, install: Install) -> None:
    """Once an attempt. Raises Hold when the machine looks alive or the hook refuses, HookSilent when it says nothing."""
    if install.cleared_at:
        return
    _look_for_life(hand, liveness, machine, install)
    hand.check(machine)
    if hook:
        _ask(hook, machine, install)

    def write(tx: Tx, it: Install) -> None:
        installs.set_cleared(tx, it, hand.now())
        for kind in ("alive_allowed",) * it.live_ok + ("hook_agreed",) * (hook is not None):
            events.append(tx, it.site, it.machine, hand.now(), kind, {"by": it.armed_by}, ACTOR, it.id)

    hand.change(write, machine)


def _known(tx: Tx, machine: Machine, stated: Stated) -> Known:
    last = installs.last_matched(tx, machine.site, machine.id)
    by_serial, _ = machines.ids_by_identity(tx, machine.site, genuine(stated.fru_serial), ())
    forms = sorted(uuid_forms(stated.guid))
    return Known(
        serial=machine.serial,
        uuid=last.smbios_uuid if last else "",
        bmc_guid=last.bmc_guid if last else "",
        guid_of=_other(tx, machine, installs.machines_of_uuid(tx, machine.site, forms) if forms else []),
        serial_of=_other(tx, machine, [by_serial] if by_serial else []),
    )


def _other(tx: Tx, machine: Machine, ids: list[str]) -> str:
    other = next((machines.get(tx, machine.site, id_) for id_ in ids if id_ != machine.id), None)
    return other.hostname if other else ""


def _on_trust(
    hand: InHand, driver: BmcDriver, bmc: BmcAddress, machine: Machine, install: Install, stated: Stated
) -> Grounds:
    model = hand.context.settings.hardware_model.get(machine.model)
    setting = model.bmc_unproven if model else Unproven.IF_OFF
    before = install.bmc_proof == Proof.OFF and install.bmc_address == bmc.address
    proof = trusted(setting, driver.power(bmc) is Power.OFF, before)
    if proof is None:
        raise unproven(machine, bmc)
    return Grounds(proof, stated.guid, may_switch_off=proof is Proof.TRUST or before)


def _look_for_life(hand: InHand, liveness: Liveness, machine: Machine, install: Install) -> None:
    if install.live_ok:
        return
    addresses = [address.partition("/")[0] for address in machine.addresses]
    try:
        answered = liveness.alive(addresses) if addresses else None
    except OperatorMustFix as error:
        raise Hold({"key": "alive_unknown", **said(error)}) from error
    claimed = hand.read(lambda tx: sessions.claimed_before(tx, install))
    within_h = hand.context.settings.alive.phoned_home_within_h
    heard = (answered.address, answered.how.value) if answered else None
    if cause := looks_alive(machine, install, heard, claimed, within_h, hand.now()):
        raise Hold({**cause, "hostname": machine.hostname})


def _ask(hook: Hook, machine: Machine, install: Install) -> None:
    question = Question(
        site=machine.site, hostname=machine.hostname, serial=machine.serial, rack=machine.rack, os=install.os,
        image=install.image, profile=install.profile, reason=install.reason, armed_by=install.armed_by,
        attempt=install.attempt, reinstall=install.reinstall, owner=machine.owner, labels=dict(machine.labels),
    )  # fmt: skip
    try:
        answer = hook.ask(question)
    except Transient as error:
        raise HookSilent(error) from error
    if isinstance(answer, Refuses):
        raise Hold({"key": "hook_refused", "hostname": machine.hostname, "reason": one_line(answer.reason, 200)})
