"""A disk selector means exactly one local disk, or a question for a person."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rackwright.decide.disk_selector import NoneMatches, Selector, SeveralMatch, parse, resolve
from rackwright.values.problem import Problem
from rackwright_wire.facts import Disk

GB = 1000**3


def disk(name: str, size: int, transport: str, **values: str | int) -> Disk:
    made = Disk(f"/dev/{name}", f"path-{name}", f"SN-{name}", f"0x5000{name}", size, 512, 512, transport)
    return replace(made, **values)  # type: ignore[arg-type]


SATA_480 = disk("sda", 480_103_981_056, "sata", slot=1, serial="S45P NA0M  ")
SATA_480_B = disk("sdb", 480_103_981_056, "sata", slot=2)
NVME_960 = disk("nvme0n1", 960_197_124_096, "nvme", slot=3, wwn="eui.0025385b71b00001")
RAID_8T = disk("sdc", 7_999_376_588_800, "raid", slot=4)
USB_32 = disk("sdd", 32_010_928_128, "usb", slot=5)
LUN_100 = disk("sde", 100 * GB, "fc", slot=0, wwn="0x600a0b80001234", serial="LUN7")
NO_MEDIUM = disk("sdf", 0, "sata")
ALL = (SATA_480, SATA_480_B, NVME_960, RAID_8T, USB_32, LUN_100, NO_MEDIUM)


def selected(text: str, disks: tuple[Disk, ...] = ALL) -> Disk | NoneMatches | SeveralMatch:
    selector = parse(text)
    assert isinstance(selector, Selector), selector
    return resolve(selector, disks)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("serial=SN-sdb", SATA_480_B),
        ("serial=s45p_na0m", SATA_480),
        ("wwn=0025385B71B00001", NVME_960),
        ("wwn=eui.0025385b71b00001", NVME_960),
        ("path=path-sdc", RAID_8T),
        ("path=/dev/disk/by-path/path-sdc", RAID_8T),
        ("transport=nvme", NVME_960),
        ("size=960G", NVME_960),
        ("size=8T", RAID_8T),
        ("size=8TB", RAID_8T),
        ("size=894Gi", NVME_960),
        ("size=894.3Gi", NVME_960),
        ("size>=900G, size<2T", NVME_960),
        ("size>8T,size<=1P", NoneMatches),
        ("size>=7T", RAID_8T),
        ("size=480G", SeveralMatch),
        ("size=480G lowest-slot", SATA_480),
        ("smallest", SeveralMatch),
        ("smallest lowest-slot", SATA_480),
        ("transport=sata", SeveralMatch),
        ("transport=sata serial=SN-sdb", SATA_480_B),
        ("lowest-slot", SATA_480),
        ("", SeveralMatch),
        # A shared or removable disk is seen only when it is named.
        ("size=100G", NoneMatches),
        ("size=32G", NoneMatches),
        ("transport=fc", LUN_100),
        ("transport=usb", USB_32),
        ("serial=LUN7", LUN_100),
        ("wwn=600A0B80001234", LUN_100),
        ("path=path-sdd", USB_32),
        ("serial=unheard-of", NoneMatches),
    ],
)
def test_selector_on_a_machine_with_many_disks(text: str, expected: Disk | type) -> None:
    found = selected(text)
    assert isinstance(found, expected) if isinstance(expected, type) else found == expected


def test_no_selector_means_the_only_local_disk() -> None:
    assert selected("", (SATA_480, USB_32, LUN_100, NO_MEDIUM)) == SATA_480


def test_no_local_disk_names_the_hidden_ones() -> None:
    assert selected("", (USB_32, LUN_100)) == NoneMatches((), (USB_32, LUN_100))


def test_several_that_match_are_all_named() -> None:
    assert selected("size=480G") == SeveralMatch((SATA_480, SATA_480_B))


def test_two_paths_to_one_lun_are_several() -> None:
    assert selected("serial=LUN7", (LUN_100, replace(LUN_100, device="/dev/sdz"))) == SeveralMatch(
        (LUN_100, replace(LUN_100, device="/dev/sdz"))
    )


def test_empty_serial_of_a_disk_never_matches() -> None:
    assert isinstance(selected("serial=X", (replace(SATA_480, serial=""),)), NoneMatches)


@pytest.mark.parametrize(
    ("size_bytes", "text", "matches"),
    [
        (480 * GB, "size=480G", True),
        (489 * GB, "size=480G", True),
        (490 * GB, "size=480G", False),
        (471 * GB, "size=480G", True),
        (470 * GB, "size=480G", False),
        (400 * GB, "size>=400G", True),
        (400 * GB - 1, "size>=400G", False),
        (400 * GB, "size>400G", False),
        (400 * GB, "size<400G", False),
        (400 * GB, "size<=400G", True),
        (1024**3, "size=1Gi", True),
        (1024**3, "size>=1Gi", True),
        (1024**3 - 1, "size>=1Gi", False),
        (1450 * 1024**2, "size=1.5Gi", False),
        (1536 * 1024**2, "size=1.5Gi", True),
    ],
)
def test_sizes(size_bytes: int, text: str, matches: bool) -> None:
    found = selected(text, (replace(SATA_480, size_bytes=size_bytes),))
    assert isinstance(found, Disk) is matches


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("biggest", "disk_selector_term"),
        ("serial=", "disk_selector_term"),
        ("serial=_", "disk_selector_term"),
        ("smallest=yes", "disk_selector_term"),
        ("size=480", "disk_selector_term"),
        ("size=480X", "disk_selector_term"),
        ("/dev/sda", "disk_selector_term"),
        ("path=/dev/sda", "disk_selector_device_name"),
        ("transport=carrier-pigeon", "disk_selector_transport"),
        ("serial=a serial=b", "disk_selector_twice"),
        ("smallest,smallest", "disk_selector_twice"),
        ("size>=2T size<1T", "disk_selector_no_size"),
    ],
)
def test_what_is_no_selector(text: str, key: str) -> None:
    problem = parse(text)
    assert isinstance(problem, Problem)
    assert problem.key == key


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("", ""),
        ("  Smallest , TRANSPORT=NVMe ", "transport=nvme smallest"),
        ("size>=400gb；size<1t", "size>=400G size<1T"),
        ("wwn=wwn-0x5000C500", "wwn=5000c500"),
        ("lowest-slot smallest serial=Ab1", "serial=Ab1 smallest lowest-slot"),
    ],
)
def test_normal_form_reads_back(text: str, normal: str) -> None:
    selector = parse(text)
    assert str(selector) == normal
    assert parse(normal) == selector
