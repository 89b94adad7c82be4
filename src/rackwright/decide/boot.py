"""What a machine boots. The local disk is the default; only an armed install changes it."""

from __future__ import annotations

from rackwright.decide import lifecycle
from rackwright.decide.identify import Ambiguous, Identity, Known, Unknown
from rackwright.values.boot import BootAnswer, Booting, Boots
from rackwright.values.install import Install
from rackwright.values.machine import Service
from rackwright.values.network import Unknown as UnknownGets


def decide_boot(
    who: Identity, unknown_gets: UnknownGets, machine: Booting | None, latest: Install | None
) -> BootAnswer:
    """`machine` is the known one's row; `latest` its live or last install. What an old install left behind says
    nothing about a machine that was put into service since."""
    match who:
        case Ambiguous():
            return BootAnswer(Boots.DISK, "boot_ambiguous")
        case Unknown():
            discover = unknown_gets is UnknownGets.DISCOVER
            return BootAnswer(Boots.RAM_OS, "boot_discover") if discover else BootAnswer(Boots.DISK, "boot_unknown")
        case Known():
            if machine and machine.protected:
                return BootAnswer(Boots.DISK, "boot_protected")
            if latest is None or (machine and machine.service is Service.IN_SERVICE and not latest.live):
                return BootAnswer(Boots.DISK, "boot_not_armed")
            return BootAnswer(lifecycle.netboot(latest), f"boot_{latest.state.value}")
