"""IPMI boot flags: what is set is read back, one boot consumes it, and a minute undoes it."""

import pytest

from virtualrack.bootflags import NO_FLAGS, BootDevice, Override, consume, current, encode, set_flags

NETWORK = bytes.fromhex("8004000000")
NETWORK_EFI = bytes.fromhex("a004000000")
DISK_ALWAYS = bytes.fromhex("c008000000")
NOTHING = bytes(5)


def test_what_was_set_reads_back_as_it_was_set() -> None:
    for data in (NETWORK, NETWORK_EFI, DISK_ALWAYS):
        assert encode(set_flags(data, 100.0), 100.0) == data


def test_bytes_that_mean_nothing_here_read_back_too() -> None:
    assert encode(set_flags(bytes.fromhex("8004204002"), 0.0), 1.0).hex() == "8004204002"


def test_a_short_request_is_filled_with_zeros() -> None:
    assert encode(set_flags(bytes.fromhex("8004"), 0.0), 0.0) == NETWORK


def test_one_boot_consumes_a_one_shot() -> None:
    override, left = consume(set_flags(NETWORK_EFI, 100.0), 130.0)
    assert override == Override(BootDevice.NETWORK, efi=True, persistent=False)
    assert left == NO_FLAGS
    assert consume(left, 131.0) == (None, NO_FLAGS)
    assert encode(left, 131.0) == NOTHING


def test_a_one_shot_is_good_for_just_under_a_minute() -> None:
    flags = set_flags(NETWORK, 100.0)
    assert consume(flags, 159.9)[0] == Override(BootDevice.NETWORK, efi=False, persistent=False)
    assert encode(flags, 159.9) == NETWORK


def test_a_one_shot_that_no_boot_consumed_is_gone_after_a_minute() -> None:
    flags = set_flags(NETWORK, 100.0)
    assert current(flags, 160.0) == NO_FLAGS
    assert encode(flags, 160.0) == NOTHING
    assert consume(flags, 160.0) == (None, NO_FLAGS)


def test_setting_it_again_starts_the_minute_again() -> None:
    again = set_flags(NETWORK, 150.0)
    assert consume(again, 200.0)[0] is not None


def test_a_persistent_override_neither_expires_nor_is_consumed() -> None:
    flags = set_flags(DISK_ALWAYS, 0.0)
    override, left = consume(flags, 86_400.0)
    assert override == Override(BootDevice.DISK, efi=False, persistent=True)
    assert left == flags
    assert encode(left, 90_000.0) == DISK_ALWAYS


def test_clearing_the_valid_bit_clears_the_rest() -> None:
    assert set_flags(bytes.fromhex("2004000000"), 0.0) == NO_FLAGS


def test_valid_flags_without_a_device_override_nothing_and_are_consumed() -> None:
    assert consume(set_flags(bytes.fromhex("8000000000"), 0.0), 1.0) == (None, NO_FLAGS)


def test_a_device_outside_the_table_is_refused() -> None:
    with pytest.raises(ValueError, match="12"):
        set_flags(bytes.fromhex("8030000000"), 0.0)
