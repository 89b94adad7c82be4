"""Which firmware a BMC is told to netboot."""

from __future__ import annotations

import pytest

from rackwright.decide.firmware import firmware_to_ask
from rackwright.values.boot import Firmware

BIOS, UEFI = Firmware.BIOS, Firmware.UEFI


@pytest.mark.parametrize(
    ("setting", "seen", "tries", "asked"),
    [
        (None, None, 0, UEFI),
        (None, BIOS, 0, BIOS),
        (None, BIOS, 1, UEFI),
        (None, UEFI, 1, BIOS),
        (None, BIOS, 2, BIOS),
        (BIOS, UEFI, 0, BIOS),
        (BIOS, BIOS, 1, BIOS),
    ],
)
def test_the_setting_then_what_was_seen_then_the_other_one(
    setting: Firmware | None, seen: Firmware | None, tries: int, asked: Firmware
) -> None:
    assert firmware_to_ask(setting, seen, tries) is asked
