"""Answers a boot request: a lookup that mints nothing, and the transition it proves when it is the awaited one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import assert_never

from rackwright.app.advance import advance
from rackwright.app.context import Context
from rackwright.app.network import network_of_boot
from rackwright.decide.arming import may_go_on
from rackwright.decide.boot import decide_boot
from rackwright.decide.identify import Ambiguous, Identity, Known, Unknown, identify
from rackwright.decide.intruder import boots_another
from rackwright.decide.lifecycle import Trigger, is_awaited
from rackwright.store import events, installs, machines
from rackwright.store.store import Tx
from rackwright.values.boot import BootAnswer, Booting, BootRequest, Boots, Firmware
from rackwright.values.ids import genuine
from rackwright.values.install import Install, State
from rackwright.values.network import Unknown as UnknownGets
from rackwright.values.reported import one_line


@dataclass(frozen=True, slots=True)
class BootFound:
    """`proves` is true when this request says something about an install that must be durable before the answer."""

    who: Identity
    machine: Booting | None
    install: Install | None
    answer: BootAnswer
    proves: bool


def answer_boot(tx: Tx, context: Context, request: BootRequest, unknown_gets: UnknownGets) -> BootFound:
    """Reads only; the same request gets the same answer."""
    who = identify(*machines.ids_by_identity(tx, context.site, genuine(request.serial), (request.mac,)))
    if not isinstance(who, Known):
        proves = isinstance(who, Ambiguous) and any(_waits_for_its_boot(tx, context, one) for one in who.machines)
        return BootFound(who, None, None, decide_boot(who, unknown_gets, None, None), proves)
    machine = machines.for_boot(tx, context.site, who.machine)
    install = installs.latest(tx, context.site, who.machine)
    answer = decide_boot(who, unknown_gets, machine, install)
    if answer.boots is Boots.DISK and request.firmware is Firmware.UEFI:
        answer = replace(answer, esp=_installed_esp(tx, context, who.machine, install))
    return BootFound(who, machine, install, answer, install is not None and is_awaited(install))


def _installed_esp(tx: Tx, context: Context, machine_id: str, latest: Install | None) -> str:
    """The volume id of the ESP that an install of ours left there, empty where none did."""
    last = latest if latest and latest.esp_volume_id else installs.last_done(tx, context.site, machine_id)
    return last.esp_volume_id if last else ""


def record_boot(tx: Tx, now: int, context: Context, who: Identity, request: BootRequest) -> None:
    """Makes durable what a boot request proves: the step of an install, or that nobody can say whose it is."""
    match who:
        case Known():
            _move_on(tx, now, context, who.machine, request)
        case Ambiguous():
            _note_ambiguous(tx, now, context, who, request)
        case Unknown():
            pass
        case _:
            assert_never(who)


def _note_ambiguous(tx: Tx, now: int, context: Context, who: Ambiguous, request: BootRequest) -> None:
    """On whoever was powered on for its boot: it would fail without anybody knowing that it did netboot."""
    known = [machine for one in who.machines if (machine := machines.lock(tx, context.site, one))]
    names = ", ".join(machine.hostname for machine in known)
    values = {"mac": request.mac, "serial": one_line(request.serial, 64), "machines": names[:400]}
    for machine in known:
        if _waits_for_its_boot(tx, context, machine.id):
            events.append_once(tx, context.site, machine.id, now, "boot_ambiguous", values, "machine")


def _waits_for_its_boot(tx: Tx, context: Context, machine_id: str) -> bool:
    install = installs.latest(tx, context.site, machine_id)
    return install is not None and install.state is State.STARTING and is_awaited(install)


def _move_on(tx: Tx, now: int, context: Context, machine_id: str, request: BootRequest) -> None:
    """Moves the install on by a boot request that it awaited, under the machine's lock."""
    machine = machines.lock(tx, context.site, machine_id)
    install = installs.latest(tx, context.site, machine_id)
    if machine is None or install is None or not is_awaited(install):
        return
    if boots_another(machine, install, request):
        said = {"mac": request.mac, "address": request.address, "serial": one_line(request.serial, 64)}
        events.append_once(tx, context.site, machine.id, now, "boot_of_another", said, "machine", install.id)
        return
    values = {"mac": request.mac, "address": request.address, "firmware": request.firmware.value}
    if not install.claimed and (against := may_go_on(machine, install)):
        advance(tx, now, context, install, Trigger.BROKE, "rackwright", values, cause=against.cause)
        return
    network = network_of_boot(context, request.address, install.network)
    changes = {"session": "", "boot_mode": request.firmware.value, "network": network}
    if install.state is State.INSTALLING:
        changes = {"cause": {"key": "rebooted_while_writing"}}
    advance(tx, now, context, install, Trigger.BOOTED, "machine", values, **changes)
