"""What a machine boots. The local disk is the default; only an armed install changes it."""

from __future__ import annotations

from rackwright.decide import lifecycle
from rackwright.decide.identify import Ambiguous, Identity, Known, Unknown
from rackwright.values.boot import BootAnswer, Boots
from rackwright.values.install import Install
from rackwright.values.network import Unknown as UnknownGets


def decide_boot(who: Identity, unknown_gets: UnknownGets, latest: Install | None, esp: str) -> BootAnswer:
    """`latest` is the machine's live or last install; `esp` the volume id of the system it runs, if ours."""
    match who:
        case Ambiguous():
            return BootAnswer(Boots.DISK, "boot_ambiguous", esp)
        case Unknown():
            discover = unknown_gets is UnknownGets.DISCOVER
            return BootAnswer(Boots.RAM_OS, "boot_discover") if discover else BootAnswer(Boots.DISK, "boot_unknown")
        case Known():
            if latest is None:
                return BootAnswer(Boots.DISK, "boot_not_armed", esp)
            boots = lifecycle.netboot(latest)
            return BootAnswer(boots, f"boot_{latest.state.value}", esp if boots is Boots.DISK else "")
