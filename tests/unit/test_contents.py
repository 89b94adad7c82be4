"""What a disk holds: what the register expects may go, what a person approved may go, all else is a question."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rackwright.decide.contents import NOT_LOOKED_AT, Last, Ours, fingerprint, is_empty, summary, unexpected
from rackwright.values.machine import Runs, Service
from rackwright.words import say, texts, why
from rackwright_wire.facts import Contents, Disk, FoundSystem, Part
from tests.builders import machine

GB, MB = 10**9, 10**6
DISK = Disk("/dev/sda", "pci-0000:00:1f.2-ata-1", "S1", "0x5000c5001", 480 * GB, 512, 512, "sata")
WEB01 = machine().named("web01").build()
EMPTY = Contents(sampled=66)
ZEROS_TOO_FEW = Contents(sampled=7)
TABLE, ESP, ROOT = (
    Part(0, "table", "gpt"),
    Part(1, "filesystem", "vfat", "EFI", 512 * MB),
    Part(2, "filesystem", "ext4", "root", 40 * GB),
)
UBUNTU = Contents((TABLE, ESP, ROOT), (FoundSystem(2, "Ubuntu 22.04.3 LTS", "localhost"),), 66, 40, "d1")
OWN = replace(UBUNTU, systems=(FoundSystem(2, "Debian GNU/Linux 12", "web01"),))
UNREADABLE = replace(UBUNTU, systems=())
UNKNOWN = Contents((), (), 66, 40, "d1")


def holding(contents: Contents | None, **values: object) -> Disk:
    return replace(DISK, contents=contents, **values)


NOTHING_OF_OURS = Ours()


def key(contents: Contents | None, ours: Ours = NOTHING_OF_OURS) -> str:
    found = unexpected(WEB01, holding(contents), ours)
    return found.key if found else ""


@pytest.mark.parametrize(
    ("contents", "empty"),
    [
        (EMPTY, True),
        (Contents(sampled=8), True),
        (ZEROS_TOO_FEW, False),
        (Contents(), False),
        (UNKNOWN, False),
        (Contents((TABLE,), (), 66, 2), False),
        (Contents((Part(0, "table", "PMBR"),), (), 66, 0), False),
    ],
)
def test_an_empty_disk_has_no_parts_and_zeros_in_enough_places(contents: Contents, empty: bool) -> None:
    assert is_empty(contents) is empty


@pytest.mark.parametrize("last", Last)
@pytest.mark.parametrize(
    ("contents", "fresh", "done"),
    [
        (EMPTY, "", ""),
        (OWN, "disk_holds_data", ""),
        (UBUNTU, "disk_holds_data", "disk_holds_data"),
        (UNREADABLE, "disk_holds_data", "disk_holds_data"),
        (UNKNOWN, "disk_holds_data", "disk_holds_data"),
        (Contents((TABLE,), (), 66, 2), "disk_holds_data", "disk_holds_data"),
        (replace(OWN, systems=(*OWN.systems, *UBUNTU.systems)), "disk_holds_data", "disk_holds_data"),
        (None, "disk_not_looked_at", "disk_not_looked_at"),
        (ZEROS_TOO_FEW, "disk_not_looked_at", "disk_not_looked_at"),
    ],
)
def test_what_may_be_written_over_after_what_was_there(
    last: Last, contents: Contents | None, fresh: str, done: str
) -> None:
    """A new disk, one whose install of ours did not finish, and one that runs our system."""
    expected = {Last.NONE: fresh, Last.UNFINISHED: "", Last.DONE: done}[last]
    assert key(contents, Ours(last)) == expected


@pytest.mark.parametrize(
    "used", [{"service": Service.IN_SERVICE}, {"runs": Runs("ubuntu", "", 1)}], ids=["in service", "runs a system"]
)
def test_what_an_install_left_unfinished_is_not_ours_any_more_once_the_machine_is_used(used: dict[str, Any]) -> None:
    used_since = replace(WEB01, **used)
    for contents in (UBUNTU, UNREADABLE, UNKNOWN):
        found = unexpected(used_since, holding(contents), Ours(Last.UNFINISHED, reinstall=True))
        assert found is not None
        assert found.key == "disk_holds_data"
    assert unexpected(used_since, holding(OWN), Ours(Last.UNFINISHED, reinstall=True)) is None


@pytest.mark.parametrize(
    ("contents", "expected"),
    [
        (OWN, ""),
        (EMPTY, ""),
        (UBUNTU, "disk_holds_data"),
        (UNREADABLE, "disk_holds_data"),
        (UNKNOWN, "disk_holds_data"),
        (None, "disk_not_looked_at"),
    ],
)
def test_a_reinstall_in_service_expects_the_machine_s_own_system(contents: Contents | None, expected: str) -> None:
    assert key(contents, Ours(reinstall=True)) == expected


@pytest.mark.parametrize(
    ("found", "register", "same"),
    [
        ("web01", "web01", True),
        ("WEB01.", "web01", True),
        ("web01.example.org", "web01", True),
        ("web01", "web01.example.org", True),
        ("web01.example.org", "web01.example.org", True),
        ("web01.example.com", "web01.example.org", False),
        ("web011", "web01", False),
        ("localhost", "web01", False),
        ("", "web01", False),
        (".example.org", "web01", False),
    ],
)
def test_host_names_are_the_same_with_and_without_a_domain(found: str, register: str, same: bool) -> None:
    disk = holding(replace(OWN, systems=(FoundSystem(2, "Debian", found),)))
    differs = unexpected(machine().named(register).build(), disk, Ours(Last.DONE))
    assert (differs is None) is same


@pytest.mark.parametrize("contents", [UBUNTU, UNKNOWN, None])
def test_what_a_person_approved_may_go_as_long_as_it_is_the_same(contents: Contents | None) -> None:
    approved = Ours(approved=frozenset([fingerprint(holding(contents))]))
    assert key(contents, approved) == ""
    changed = replace(UBUNTU, parts=(*UBUNTU.parts, Part(3, "lvm", "LVM2_member")))
    assert key(changed, approved) == "disk_holds_data"


def test_a_difference_says_what_the_disk_holds_and_whose_it_is() -> None:
    found = unexpected(WEB01, holding(UBUNTU), Ours())
    assert found is not None
    assert found.values == {
        "disk": "/dev/sda", "serial": "S1", "fingerprint": fingerprint(holding(UBUNTU)),
        "holds": 'gpt; 1: vfat "EFI" 512 MB; 2: ext4 "root" 40 GB; Ubuntu 22.04.3 LTS, host name localhost',
        "systems": "Ubuntu 22.04.3 LTS, host name localhost",
    }  # fmt: skip


@pytest.mark.parametrize(
    "other",
    [
        holding(UBUNTU, serial="S2", wwn="0x2", path="elsewhere", device="/dev/sdb", slot=3, model="X"),
        holding(replace(UBUNTU, digest="d2", filled=41, sampled=60)),
        holding(replace(UBUNTU, parts=(ROOT, TABLE, ESP))),
    ],
)
def test_identical_preloaded_disks_have_one_fingerprint(other: Disk) -> None:
    assert fingerprint(other) == fingerprint(holding(UBUNTU))
    assert len(fingerprint(other)) == 20


@pytest.mark.parametrize(
    "other",
    [
        holding(UBUNTU, size_bytes=481 * GB),
        holding(UNREADABLE),
        holding(OWN),
        holding(replace(UBUNTU, parts=(TABLE, ESP))),
        holding(replace(UBUNTU, parts=(TABLE, ESP, replace(ROOT, label="data")))),
        holding(replace(UBUNTU, parts=(TABLE, ESP, replace(ROOT, size_bytes=41 * GB)))),
        holding(replace(UBUNTU, parts=(TABLE, ESP, replace(ROOT, type="xfs")))),
        holding(EMPTY),
        holding(None),
    ],
)
def test_disks_that_hold_something_else_have_another(other: Disk) -> None:
    assert fingerprint(other) != fingerprint(holding(UBUNTU))


@pytest.mark.parametrize("parts", [(), (TABLE,), (TABLE, Part(1, "data")), (TABLE, Part(1, "empty"))])
def test_unknown_data_is_told_apart_by_its_samples(parts: tuple[Part, ...]) -> None:
    one, other = replace(UNKNOWN, parts=parts), replace(UNKNOWN, parts=parts, digest="d2")
    assert fingerprint(holding(one)) != fingerprint(holding(other))


def test_all_disks_at_which_nobody_looked_have_one_fingerprint() -> None:
    others = (holding(None, size_bytes=1), holding(Contents()), holding(ZEROS_TOO_FEW))
    assert {fingerprint(disk) for disk in others} == {NOT_LOOKED_AT}


@pytest.mark.parametrize(
    ("contents", "said"),
    [
        (None, "not looked at"),
        (ZEROS_TOO_FEW, "not looked at: 7 places read"),
        (EMPTY, "empty"),
        (UNKNOWN, "data in 40 of 66 places"),
        (Contents((Part(0, "raid", "linux_raid_member", "h:0", 480 * GB),), (), 66, 3), 'whole disk: linux_raid_member "h:0" 480 GB'),
        (Contents((TABLE, Part(1, "data", size_bytes=2 * 10**12), Part(2, "empty", size_bytes=999)), (), 66, 3),
         "gpt; 1: data of unknown kind 2.0 TB; 2: empty 999 B; data in 3 of 66 places"),
        (Contents(tuple(Part(n, "luks", "crypto_LUKS") for n in range(1, 9)), (), 66, 3),
         "; ".join(f"{n}: crypto_LUKS" for n in range(1, 7)) + "; 2 more"),
    ],
)  # fmt: skip
def test_what_a_disk_holds_in_a_line(contents: Contents | None, said: str) -> None:
    assert summary(holding(contents)) == said


def test_what_a_machine_says_of_its_disks_stays_one_bounded_line() -> None:
    wild = "\x1b[2J\n\u202e" + "x" * 10_000
    parts = tuple(Part(10**400, wild, wild, wild, sign * 10**400) for sign in (1, -1)) * 500
    contents = Contents(parts, (FoundSystem(10**400, wild, wild),) * 500, 10**400, -(10**400), wild)
    disk = holding(contents, device=wild, serial=wild)
    found = unexpected(WEB01, disk, Ours(Last.DONE, True))
    assert found is not None
    assert all(str(value).isprintable() and len(str(value)) <= 400 for value in found.values.values())
    assert len(summary(disk)) <= 400


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("contents", [UBUNTU, None])
def test_the_question_has_its_words_and_its_commands(language: str, contents: Contents | None) -> None:
    found = unexpected(WEB01, holding(contents), Ours())
    assert found is not None
    cause = {"key": found.key, **found.values}
    assert "S1" in why(language, cause)
    assert f"next_{found.key}" in texts(language)
    commands = say(language, f"next_{found.key}", {**cause, "hostname": "web01"})
    assert f"\nrackwright holds approve {found.values['fingerprint']} --reason WHY\n" in commands
