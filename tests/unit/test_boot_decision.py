"""What a machine boots: the local disk, unless an armed install changes it."""

from __future__ import annotations

import pytest

from rackwright.decide.boot import decide_boot
from rackwright.decide.identify import Ambiguous, Identity, Known, Unknown
from rackwright.values.boot import BootAnswer, Boots
from rackwright.values.install import State
from rackwright.values.network import Unknown as Gets
from tests.builders import install

NOBODY, ME, TWO = Unknown(), Known("m"), Ambiguous(("a", "b"))


@pytest.mark.parametrize(
    ("who", "network", "state", "boots", "why"),
    [
        (NOBODY, Gets.DISK, None, Boots.DISK, "boot_unknown"),
        (NOBODY, Gets.DISCOVER, None, Boots.RAM_OS, "boot_discover"),
        (TWO, Gets.DISK, None, Boots.DISK, "boot_ambiguous"),
        (TWO, Gets.DISCOVER, None, Boots.DISK, "boot_ambiguous"),
        (ME, Gets.DISK, None, Boots.DISK, "boot_not_armed"),
        (ME, Gets.DISCOVER, None, Boots.DISK, "boot_not_armed"),
        (ME, Gets.DISK, State.QUEUED, Boots.DISK, "boot_queued"),
        (ME, Gets.DISK, State.STARTING, Boots.RAM_OS, "boot_starting"),
        (ME, Gets.DISK, State.INSPECTING, Boots.RAM_OS, "boot_inspecting"),
        (ME, Gets.DISK, State.WAITING, Boots.RAM_OS, "boot_waiting"),
        (ME, Gets.DISK, State.GRANTED, Boots.RAM_OS, "boot_granted"),
        (ME, Gets.DISCOVER, State.INSTALLING, Boots.DISK, "boot_installing"),
        (ME, Gets.DISCOVER, State.FIRST_BOOT, Boots.DISK, "boot_first_boot"),
        (ME, Gets.DISCOVER, State.DONE, Boots.DISK, "boot_done"),
        (ME, Gets.DISK, State.HELD, Boots.RAM_OS, "boot_held"),
        (ME, Gets.DISCOVER, State.FAILED, Boots.DISK, "boot_failed"),
        (ME, Gets.DISCOVER, State.CANCELLED, Boots.DISK, "boot_cancelled"),
    ],
)
def test_who_gets_what(who: Identity, network: Gets, state: State | None, boots: Boots, why: str) -> None:
    latest = install().standing(state).having(powered_on_at=9).build() if state else None
    assert decide_boot(who, network, None, latest) == BootAnswer(boots, why)
