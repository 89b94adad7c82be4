"""Which firmware a BMC is told to netboot, where nobody can ask the machine."""

from __future__ import annotations

from rackwright.values.boot import Firmware


def firmware_to_ask(setting: Firmware | None, seen: Firmware | None, tries: int) -> Firmware:
    """What a BMC is told to netboot: its hardware model's setting, else as the machine was seen to boot last, else
    UEFI. A start that brought no boot request turns the guess round: some BMCs ignore the flag of the other kind."""
    guess = seen or Firmware.UEFI
    other = Firmware.BIOS if guess is Firmware.UEFI else Firmware.UEFI
    return setting or (other if tries % 2 else guess)
