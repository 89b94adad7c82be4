"""The firmware's boot entries: ours are found, others are left, what was written is compared."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rackwright_agent.failures import MachineFailed
from rackwright_agent.plan import boot_entries
from rackwright_agent.plan.boot_entries import BootEntries

FOUND = boot_entries.parse((Path(__file__).parents[1] / "fixtures/agent/efibootmgr.txt").read_text())
GUID = "6d1e9c2a-0d4b-4f0a-9d55-000000000001"


def test_entries_order_and_next_are_read() -> None:
    assert FOUND.order == ("0001", "0004", "0000", "0007")
    assert FOUND.next == ""
    assert [e.number for e in FOUND.entries] == ["0000", "0001", "0004", "0007", "000A"]
    assert FOUND.entries[3].label == "Rackwrights other system"


def test_only_our_own_entries_are_stale() -> None:
    assert boot_entries.stale(FOUND) == ("0004", "000A")


def test_the_new_entry_comes_first_and_the_rest_stays() -> None:
    assert boot_entries.wanted_order(FOUND, "0004") == ("0004", "0001", "0000", "0007")


def test_an_entry_that_the_firmware_dropped_or_doubled_is_noticed() -> None:
    assert boot_entries.created(FOUND, "Rackwright web01") == "0004"
    with pytest.raises(MachineFailed, match="keeps 0"):
        boot_entries.created(FOUND, "Rackwright web02")
    doubled = replace(FOUND, entries=(*FOUND.entries, replace(FOUND.entries[2], number="000B")))
    with pytest.raises(MachineFailed, match="keeps 2"):
        boot_entries.created(doubled, "Rackwright web01")


GOOD = replace(FOUND, next="0004", order=("0004", "0001"))


@pytest.mark.parametrize(
    ("read_back", "label", "guid", "complaint"),
    [
        (GOOD, "Rackwright web02", GUID, "lost"),
        (GOOD, "Rackwright web01", GUID[:-1] + "7", "another partition"),
        (replace(GOOD, next=""), "Rackwright web01", GUID, "BootNext is not set"),
        (replace(GOOD, order=("0001", "0004")), "Rackwright web01", GUID, "BootOrder"),
    ],
)
def test_what_is_read_back_must_be_what_was_written(
    read_back: BootEntries, label: str, guid: str, complaint: str
) -> None:
    boot_entries.check(GOOD, "0004", "Rackwright web01", GUID.upper())
    with pytest.raises(MachineFailed, match=complaint):
        boot_entries.check(read_back, "0004", label, guid)
