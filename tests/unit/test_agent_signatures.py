"""What blkid says of a device, as parts; places of a disk that are not zero; the system in a tree of files."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from rackwright_agent.observe import samples, signatures, systems
from rackwright_agent.observe.samples import Samples
from rackwright_agent.tree import Tree
from rackwright_wire.facts import FoundSystem, Part

MIB = 1 << 20


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("", ()),
        ("ID_PART_TABLE_UUID=37e8\nID_PART_TABLE_TYPE=gpt\n", (Part(1, "table", "gpt", "", 9),)),
        ("ID_FS_TYPE=ext4\nID_FS_USAGE=filesystem\nID_FS_LABEL_ENC=r\u00f6\\x24\\x60t\n", (Part(1, "filesystem", "ext4", "r\u00f6$`t", 9),)),
        ("ID_FS_TYPE=ext4\nID_FS_USAGE=filesystem\nID_PART_ENTRY_NAME=EFI\\x20System\n", (Part(1, "filesystem", "ext4", "EFI System", 9),)),
        ("ID_FS_TYPE=swap\nID_FS_USAGE=other\n", (Part(1, "swap", "swap", "", 9),)),
        ("ID_FS_TYPE=swsuspend\nID_FS_USAGE=other\n", (Part(1, "swap", "swsuspend", "", 9),)),
        ("ID_FS_TYPE=linux_raid_member\nID_FS_USAGE=raid\nID_FS_LABEL_ENC=h:0\n", (Part(1, "raid", "linux_raid_member", "h:0", 9),)),
        ("ID_FS_TYPE=ddf_raid_member\nID_FS_USAGE=raid\n", (Part(1, "raid", "ddf_raid_member", "", 9),)),
        ("ID_FS_TYPE=isw_raid_member\nID_FS_USAGE=raid\n", (Part(1, "raid", "isw_raid_member", "", 9),)),
        ("ID_FS_TYPE=LVM2_member\nID_FS_USAGE=raid\n", (Part(1, "lvm", "LVM2_member", "", 9),)),
        ("ID_FS_TYPE=crypto_LUKS\nID_FS_USAGE=crypto\n", (Part(1, "luks", "crypto_LUKS", "", 9),)),
        ("ID_FS_TYPE=zfs_member\nID_FS_USAGE=filesystem\n", (Part(1, "filesystem", "zfs_member", "", 9),)),
        ("ID_FS_TYPE=VMFS_volume_member\nID_FS_USAGE=raid\n", (Part(1, "raid", "VMFS_volume_member", "", 9),)),
        ("ID_FS_TYPE=bcache\nID_FS_USAGE=other\n", (Part(1, "data", "bcache", "", 9),)),
        ("ID_FS_TYPE=brandnew\n", (Part(1, "data", "brandnew", "", 9),)),
        (
            "ID_FS_AMBIVALENT=filesystem:xfs filesystem:ext4:1.0\n",
            (Part(1, "filesystem", "xfs", "", 9), Part(1, "filesystem", "ext4", "", 9)),
        ),
        (
            "ID_PART_TABLE_TYPE=dos\nID_FS_TYPE=vfat\nID_FS_USAGE=filesystem\n",
            (Part(1, "table", "dos", "", 9), Part(1, "filesystem", "vfat", "", 9)),
        ),
    ],
)  # fmt: skip
def test_what_blkid_knows_becomes_parts(answer: str, expected: tuple[Part, ...]) -> None:
    assert signatures.parts(answer, 1, 9) == expected


def test_a_label_is_one_short_line_whatever_it_holds() -> None:
    label = "a\\x0aID_FS_TYPE\\x3dxfs\\x00\\x1b\\xff" + "x" * 500
    (part,) = signatures.parts(f"ID_FS_TYPE=ext4\nID_FS_USAGE=filesystem\nID_FS_LABEL_ENC={label}\n", 1, 9)
    assert part.type == "ext4"
    assert part.label.isprintable()
    assert len(part.label) <= signatures.LONGEST_LABEL


def test_of_many_signatures_some_are_told() -> None:
    assert len(signatures.parts("ID_FS_AMBIVALENT=" + "raid:x " * 500, 1, 9)) == 8


def taken(path: Path, edges_count: bool = True, within_s: float = 60) -> Samples:
    fd = os.open(path, os.O_RDONLY)
    try:
        return samples.take(fd, 0, path.stat().st_size, time.monotonic() + within_s, edges_count)
    finally:
        os.close(fd)


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    path = tmp_path / "disk"
    with path.open("wb") as file:
        file.truncate(200 * MIB)
    return path


def put(path: Path, offset: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(data)


def test_a_disk_of_zeros_has_no_filled_place_and_no_digest(disk: Path) -> None:
    assert taken(disk) == Samples(samples.PLACES + 2, 0, "")


@pytest.mark.parametrize("offset", [0, 440, MIB - 1, MIB, 199 * MIB, 200 * MIB - 1])
def test_a_single_byte_at_the_edges_is_found(disk: Path, offset: int) -> None:
    put(disk, offset, b"\1")
    assert taken(disk).filled == 1


def test_data_in_the_middle_is_found_and_told_apart(disk: Path) -> None:
    put(disk, 50 * MIB, b"one" * MIB * 4)
    first = taken(disk)
    assert first.filled > 0
    assert taken(disk) == first
    put(disk, 50 * MIB, b"two" * MIB * 4)
    assert taken(disk).filled == first.filled
    assert taken(disk).digest != first.digest


def test_edges_that_do_not_count_leave_equal_disks_equal(disk: Path) -> None:
    put(disk, 50 * MIB, b"one" * MIB * 4)
    found = []
    for guid in (b"guid 1", b"guid 2"):
        put(disk, 600, guid)
        put(disk, 200 * MIB - 600, guid)
        found.append(taken(disk, edges_count=False))
    assert found[0] == found[1]
    assert taken(disk).digest != found[0].digest


def test_a_deadline_ends_it(disk: Path) -> None:
    assert taken(disk, within_s=-1).sampled == 0


@pytest.mark.parametrize("size", [0, 1, 4096, MIB, MIB + 1, 2 * MIB, 2 * MIB + 70_000, 3 * MIB])
def test_small_disks_are_read_to_their_end(tmp_path: Path, size: int) -> None:
    path = tmp_path / "small"
    path.write_bytes(b"\0" * max(0, size - 1) + b"\1" * min(1, size))
    assert taken(path).filled == min(1, size)


DEBIAN = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\n'


def plant(root: Path, **files: str) -> Tree:
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Tree(root)


def test_a_system_is_told_by_its_own_files(tmp_path: Path) -> None:
    plant(tmp_path, etc__hostname="# a comment\n\nlocalhost\n")
    plant(tmp_path, **{"usr__lib__os-release": DEBIAN})
    (tmp_path / "etc/os-release").symlink_to("../usr/lib/os-release")
    assert systems.read(Tree(tmp_path), 2) == FoundSystem(2, "Debian GNU/Linux 12 (bookworm)", "localhost")


def test_systems_from_before_os_release(tmp_path: Path) -> None:
    plant(tmp_path, etc__sysconfig__network="NETWORKING=yes\nHOSTNAME=db01.example.org\n")
    plant(tmp_path, **{"etc__redhat-release": "CentOS release 6.10 (Final)\n"})
    assert systems.read(Tree(tmp_path), 1) == FoundSystem(1, "CentOS release 6.10 (Final)", "db01.example.org")


def test_a_root_in_a_subvolume(tmp_path: Path) -> None:
    plant(tmp_path, **{"@__etc__os-release": "NAME=Ubuntu\nVERSION='22.04'\n", "@__etc__hostname": "u1"})
    assert systems.read(Tree(tmp_path), 1, ("", "/@")) == FoundSystem(1, "Ubuntu 22.04", "u1")
    assert systems.read(Tree(tmp_path), 1) is None


def test_files_that_are_no_system(tmp_path: Path) -> None:
    assert systems.read(plant(tmp_path, etc__passwd="root"), 1) is None


@pytest.mark.parametrize("what", ["pipe", "directory", "link outside", "rubbish"])
def test_what_stands_in_a_hostname_s_place_harms_nobody(tmp_path: Path, what: str) -> None:
    root = tmp_path / "root"
    plant(root, **{"etc__os-release": DEBIAN})
    place = root / "etc/hostname"
    (tmp_path / "secret").write_text("secret")
    match what:
        case "pipe":
            os.mkfifo(place)
        case "directory":
            place.mkdir()
        case "link outside":
            place.symlink_to(tmp_path / "secret")
        case _:
            place.write_bytes(b"\0\xff\x1b[31m" * 100_000)
    found = systems.read(Tree(root), 1)
    assert found is not None
    assert "secret" not in found.hostname
    assert found.hostname.isprintable()
    assert len(found.hostname) <= systems.LONGEST
