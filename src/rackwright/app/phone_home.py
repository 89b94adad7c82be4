"""The installed system phones home with proof. Only this makes an install done."""

from __future__ import annotations

import enum
import hmac
from dataclasses import dataclass

from rackwright.app.advance import advance
from rackwright.app.context import Context
from rackwright.decide.disk_selector import same_serial
from rackwright.decide.lifecycle import Trigger
from rackwright.store import events, installs, machines
from rackwright.store.store import Tx
from rackwright.values.install import Install, State
from rackwright.values.machine import Machine, Runs, Service
from rackwright.values.reported import one_line


@dataclass(frozen=True, slots=True)
class PhoneHome:
    """What the first boot of the installed system says; all of it is the machine's claim."""

    install: str
    token: str
    hostname: str = ""
    root_disk_serial: str = ""
    boot_mode: str = ""
    addresses: str = ""
    script_exit: str = ""


class Heard(enum.Enum):
    """What it is told: ok, or that nobody waits for it any more."""

    OK = "ok"
    GONE = "gone"


def phone_home(tx: Tx, now: int, context: Context, message: PhoneHome) -> Heard:
    """Proves the install by its first-boot token and the root disk's serial. Repeated, it is heard again."""
    found = installs.get(tx, context.site, message.install)
    if found is None or not hmac.compare_digest(
        context.first_boot_token(found.id, found.attempt).encode(), message.token.encode()
    ):
        return Heard.GONE
    machine = machines.lock(tx, context.site, found.machine)
    install = installs.get(tx, context.site, message.install)
    if machine is None or install is None or install.state is State.CANCELLED:
        return Heard.GONE
    if install.state is State.DONE:
        return Heard.OK
    latest = installs.latest(tx, context.site, machine.id)
    if latest and latest.id != install.id:
        return _too_late(tx, now, context, install)
    reported = message.root_disk_serial
    if install.disk_serial and reported and not same_serial(reported, install.disk_serial):
        return _from_another_disk(tx, now, context, install, message)
    return _done(tx, now, context, machine, install, message)


def _done(tx: Tx, now: int, context: Context, machine: Machine, install: Install, message: PhoneHome) -> Heard:
    proof = {
        "root_disk_serial": one_line(message.root_disk_serial, 64),
        "boot_mode": one_line(message.boot_mode, 8),
        "addresses": one_line(message.addresses, 200),
        "hostname": one_line(message.hostname, 64),
        "script_exit": one_line(message.script_exit, 4),
    }
    moved = advance(tx, now, context, install, Trigger.PHONED_HOME, "machine", dict(proof))
    if moved is None:
        return Heard.GONE
    runs = Runs(install.os, install.image, now)
    machines.set_runs(tx, machine, runs, Service.IN_SERVICE)
    return Heard.OK


def _too_late(tx: Tx, now: int, context: Context, install: Install) -> Heard:
    """The machine was armed anew since: what it ran before is not what the register will say."""
    values = {"state": install.state.value, "trigger": Trigger.PHONED_HOME.value}
    events.append(tx, context.site, install.machine, now, "refused", values, "machine", install.id)
    return Heard.GONE


def _from_another_disk(tx: Tx, now: int, context: Context, install: Install, message: PhoneHome) -> Heard:
    cause = {
        "key": "runs_from_another_disk",
        "reported": one_line(message.root_disk_serial, 64),
        "expected": install.disk_serial,
    }
    if install.state is State.FIRST_BOOT:
        advance(tx, now, context, install, Trigger.DIFFERED, "machine", cause=cause)
    else:
        events.append(tx, context.site, install.machine, now, "phone_home_refused", dict(cause), "machine", install.id)
    return Heard.GONE
