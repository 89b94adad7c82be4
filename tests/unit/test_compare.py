"""Is this the machine that the register means, and which disk may be written?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rackwright.decide.compare import Differs, Matches, compare
from rackwright.decide.disk_selector import same_serial
from rackwright.values.image import Image
from rackwright.values.machine import Machine
from rackwright_wire.facts import Disk, Facts, Nic
from tests.builders import machine

IMAGE = Image("ab" * 32, "debian-12", "zstd", 1000, 2_000_000_000, 512, 1)
DISK = Disk("/dev/sda", "pci-0000:00:1f.2-ata-1", "S1", "0x5000c5001", 480_103_981_056, 512, 512, "sata")
MAC, OTHER = "52:54:00:aa:bb:01", "52:54:00:aa:bb:02"
FACTS = Facts(
    serial="712DM2X",
    vendor="Dell Inc.",
    model="PowerEdge R710",
    disks=(DISK,),
    nics=(Nic("eno1", MAC), Nic("eno2", OTHER)),
)
WEB01 = machine().with_serial("712DM2X").with_macs(MAC).having(vendor="Dell Inc.", model="PowerEdge R710").build()
ALIASES = {"PowerEdge R710": ("R710", "Dell PowerEdge R710 II")}


def verdict(registered: Machine = WEB01, image: Image = IMAGE, **facts: Any) -> Matches | Differs:
    return compare(registered, replace(FACTS, **facts), ALIASES, image)


def key(registered: Machine = WEB01, image: Image = IMAGE, **facts: Any) -> str:
    found = verdict(registered, image, **facts)
    return found.key if isinstance(found, Differs) else "matches"


def test_the_machine_of_the_register_matches_with_its_one_disk() -> None:
    assert verdict() == Matches(DISK)


@pytest.mark.parametrize(
    ("registered", "reported", "expected"),
    [
        ("712DM2X", "712DM2X", "matches"),
        ("712DM2X", "712dm2x", "matches"),
        ("712DM2X", " 712DM2X ", "matches"),
        ("712DM2X", "712DM2Y", "wrong_serial"),
        ("712DM2X", "712DM2", "wrong_serial"),
        ("712DM2X", "", "no_serial_reported"),
        ("712DM2X", "To be filled by O.E.M.", "no_serial_reported"),
        ("712DM2X", "0", "no_serial_reported"),
        ("712DM2X", "FFFFFFFF", "no_serial_reported"),
        ("712DM2X", "System Serial Number", "no_serial_reported"),
        ("", "712DM2Y", "matches"),  # the register relies on the MACs
        ("", "", "matches"),
    ],
)
def test_serials(registered: str, reported: str, expected: str) -> None:
    assert key(replace(WEB01, serial=registered), serial=reported) == expected


def test_a_wrong_serial_says_what_was_seen_and_what_was_expected() -> None:
    assert verdict(serial="712DM2Y") == Differs("wrong_serial", {"reported": "712DM2Y", "register": "712DM2X"})


@pytest.mark.parametrize(
    ("macs", "seen", "expected"),
    [
        ((MAC,), (MAC,), "matches"),
        ((MAC,), (MAC.upper(),), "matches"),
        ((MAC,), (MAC.replace(":", "-"), OTHER), "matches"),
        ((MAC, OTHER), (MAC,), "wrong_mac"),
        ((MAC,), (), "wrong_mac"),
        ((MAC,), ("rubbish",), "wrong_mac"),
        ((), (OTHER,), "matches"),
    ],
)
def test_every_mac_of_the_register_must_be_there(macs: tuple[str, ...], seen: tuple[str, ...], expected: str) -> None:
    registered = machine().with_serial("712DM2X").with_macs(*macs).build()
    assert key(registered, nics=tuple(Nic("e", mac) for mac in seen)) == expected


def test_the_macs_of_a_bmc_are_not_looked_for() -> None:
    assert key(machine().with_macs("52:54:00:ff:00:01", role="bmc").build()) == "matches"


@pytest.mark.parametrize(
    ("registered", "reported", "expected"),
    [
        ("PowerEdge R710", "PowerEdge R710", "matches"),
        ("PowerEdge R710", "poweredge  r-710", "matches"),
        ("PowerEdge R710", "R710", "matches"),
        ("PowerEdge R710", "Dell PowerEdge R710 II", "matches"),
        ("PowerEdge R710", "PowerEdge R720", "wrong_model"),
        ("PowerEdge R710", "PowerEdge R7100", "wrong_model"),
        ("PowerEdge R710", "", "wrong_model"),
        ("PowerEdge R710", "To be filled by O.E.M.", "wrong_model"),
        ("PowerEdge R710", "Default string", "wrong_model"),
        ("Dell Inc. PowerEdge R720", "PowerEdge R720", "matches"),
        ("", "anything", "matches"),
        ("Default string", "Default string", "wrong_model"),
    ],
)
def test_hardware_models_are_strict_but_for_spelling(registered: str, reported: str, expected: str) -> None:
    assert key(replace(WEB01, model=registered), model=reported) == expected


@pytest.mark.parametrize(
    "uuid", ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "", "x"]
)
def test_a_uuid_decides_nothing(uuid: str) -> None:
    assert key(uuid=uuid) == "matches"


@pytest.mark.parametrize(
    ("selector", "disks", "expected"),
    [
        ("", (DISK,), "matches"),
        ("", (), "no_disk_matches"),
        ("", (DISK, replace(DISK, device="/dev/sdb", serial="S2")), "several_disks_match"),
        ("serial=S2", (DISK, replace(DISK, device="/dev/sdb", serial="S2")), "matches"),
        ("serial=S9", (DISK,), "no_disk_matches"),
        ("", (replace(DISK, transport="fc"),), "no_disk_matches"),
        ("", (replace(DISK, serial="", wwn="", path=""),), "disk_without_name"),
        ("", (replace(DISK, serial="", wwn=""),), "matches"),
        ("", (replace(DISK, serial="S\0"),), "disk_without_name"),
        ("", (replace(DISK, logical_sector_bytes=4096),), "wrong_sector_size"),
        ("", (replace(DISK, size_bytes=IMAGE.raw_bytes - 1),), "disk_too_small"),
        ("", (replace(DISK, size_bytes=IMAGE.raw_bytes),), "matches"),
        ("nonsense", (DISK,), "disk_selector_wrong"),
    ],
)
def test_exactly_one_fitting_disk(selector: str, disks: tuple[Disk, ...], expected: str) -> None:
    assert key(replace(WEB01, disk=selector), disks=disks) == expected


def test_the_first_difference_that_matters_decides() -> None:
    wrong = {"serial": "X1", "model": "other", "nics": (), "disks": ()}
    keys: list[str] = []
    for right in ("serial", "nics", "model", "disks"):
        keys.append(key(**wrong))
        wrong.pop(right)
    assert keys == ["wrong_serial", "wrong_mac", "wrong_model", "no_disk_matches"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("S1", "s1", True), (" S 1 ", "S_1", True), ("S1", "S2", False), ("", "S1", False), ("S1", "S10", False)],
)
def test_spellings_of_a_disks_serial(one: str, other: str, same: bool) -> None:
    assert same_serial(one, other) is same
