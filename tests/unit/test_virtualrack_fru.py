"""A virtual machine's inventory: its areas say what they hold, end in eights of bytes and sum to nothing."""

from __future__ import annotations

import pytest

from virtualrack.fru import inventory


@pytest.mark.parametrize("serial", ["712DM2X", "7", "", "X" * 63, "X" * 200, "é\u5e8f"])
def test_every_area_is_closed_by_its_checksum(serial: str) -> None:
    made = inventory("Dell Inc.", "PowerEdge R710", serial, "")
    header, chassis, product = made[:8], made[made[2] * 8 :], made[made[4] * 8 :]
    assert sum(header) % 256 == 0
    assert sum(chassis[: chassis[1] * 8]) % 256 == 0
    assert sum(product) % 256 == 0
    assert len(product) == product[1] * 8
    assert made[4] == made[2] + chassis[1]


def test_a_serial_of_one_character_does_not_end_the_fields() -> None:
    assert b"\xc27 " in inventory("", "", "7", "")
    assert b"\xc17" not in inventory("", "", "7", "")
