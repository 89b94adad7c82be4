"""Editing OVMF's variable store: the firmware's own empty one is the sample."""

import struct

import pytest

from virtualrack.bootplan import BootTarget
from virtualrack.nvram import NvramError, add_network_entry, boot_order, read_variables, set_boot_next
from virtualrack.qemu import OVMF_VARS

MAC = "52:54:00:77:00:02"


@pytest.fixture(scope="module")
def blank() -> bytes:
    return OVMF_VARS.read_bytes()


def test_a_network_boot_is_asked_for_by_an_entry_of_our_own(blank: bytes) -> None:
    image = set_boot_next(add_network_entry(blank, MAC, first=False), BootTarget.NETWORK)
    assert image is not None
    variables = read_variables(image)
    assert variables["BootNext"].data == b"\x00\xff"
    assert bytes.fromhex("525400770002") in variables["BootFF00"].data
    assert len(image) == len(blank)


def test_the_boot_order_stays_the_firmwares_own(blank: bytes) -> None:
    assert boot_order(add_network_entry(blank, MAC, first=False)) == []


def test_a_network_first_machine_starts_with_the_network_in_its_order(blank: bytes) -> None:
    assert boot_order(add_network_entry(blank, MAC, first=True)) == ["Network, asked for by the BMC"]


def test_asking_again_replaces_what_was_asked(blank: bytes) -> None:
    once = set_boot_next(add_network_entry(blank, MAC, first=True), BootTarget.NETWORK)
    assert once is not None
    twice = set_boot_next(once, BootTarget.NETWORK)
    assert twice is not None
    assert read_variables(twice).keys() == read_variables(once).keys()
    assert read_variables(twice)["BootNext"].offset > read_variables(once)["BootNext"].offset


def test_a_disk_that_the_firmware_does_not_know_cannot_be_asked_for(blank: bytes) -> None:
    assert set_boot_next(add_network_entry(blank, MAC, first=True), BootTarget.DISK) is None


def test_a_full_store_is_refused(blank: bytes) -> None:
    size_field = 72 + 16  # In the store's header, which follows the volume's.
    full = blank[:size_field] + struct.pack("<I", 120) + blank[size_field + 4 :]
    with pytest.raises(NvramError, match="no room"):
        add_network_entry(full, MAC, first=False)


def test_something_else_is_refused() -> None:
    with pytest.raises(NvramError, match="firmware volume"):
        read_variables(bytes(4096))
