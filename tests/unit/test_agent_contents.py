"""What a disk holds, looked at on loop devices with real tools; nothing of it is written, whatever is on it."""

from __future__ import annotations

import hashlib
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rackwright_agent.commands import Commands
from rackwright_agent.failures import MachineFailed
from rackwright_agent.observe.contents import MOST_PARTS_IN_ALL, Look
from rackwright_agent.observe.systems import Systems
from rackwright_agent.run import blockdevice
from rackwright_wire.facts import Contents, Disk, FoundSystem, Part

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="loop devices and mounts need root")
MIB = 1 << 20
SIZE = 128 * MIB
ROOT_START, ROOT_SIZE = 16 * MIB, 48 * MIB


def run(*argv: str | Path) -> str:
    done = subprocess.run([str(a) for a in argv], check=True, capture_output=True, timeout=60)
    return done.stdout.decode().strip()


class Bench:
    """One disk of this machine: a file behind a loop device made read-only, in a /sys that knows no other."""

    def __init__(self, tmp_path: Path) -> None:
        self.file, self.sys_root, self.place = tmp_path / "disk.img", tmp_path / "sys", tmp_path / "look"
        self.tmp_path, self.device = tmp_path, ""
        with self.file.open("wb") as file:
            file.truncate(SIZE)

    def plug_in(self, *partitions: tuple[int, int, int], writable: bool = False) -> None:
        self.device = run("losetup", "-f", "--show", self.file)
        assert self.device.startswith("/dev/loop")
        name = self.device.removeprefix("/dev/")
        (self.sys_root / "class/block").mkdir(parents=True)
        (self.sys_root / "class/block" / name).symlink_to(f"/sys/class/block/{name}")
        blockdevice.set_partitions(self.device, self.sys_root, partitions)
        blockdevice.set_read_only(self.device, not writable)  # said, since a loop device keeps what was said last
        for number, _, _ in partitions:
            node = blockdevice.partition_node(self.device, number)
            blockdevice.wait_for_node(node)
            part = node.removeprefix("/dev/")
            (self.sys_root / "class/block" / part).symlink_to(f"/sys/class/block/{part}")

    def unplug(self) -> None:
        if self.device:
            blockdevice.set_partitions(self.device, self.sys_root, ())
            run("losetup", "-d", self.device)

    def disk(self, transport: str = "sata") -> Disk:
        return Disk(self.device, "", "S1", "", SIZE, 512, 512, transport)

    def look(self, transport: str = "sata", commands: Commands | None = None) -> Contents | None:
        used = commands or Commands()
        look = Look(used, self.sys_root, Systems(used, self.sys_root, self.place))
        (disk,) = look.at((self.disk(transport),))
        return disk.contents

    def system(self, make: tuple[str, ...], **files: str) -> Path:
        """A file system image with these files, as large as the root partition."""
        tree, image = self.tmp_path / "tree", self.tmp_path / "root.img"
        for name, text in files.items():
            (tree / name.replace("__", "/")).parent.mkdir(parents=True, exist_ok=True)
            (tree / name.replace("__", "/")).write_text(text)
        with image.open("wb") as file:
            file.truncate(ROOT_SIZE)
        run(*make, "-d", tree, image)
        return image

    def put(self, offset: int, data: bytes) -> None:
        with self.file.open("r+b") as file:
            file.seek(offset)
            file.write(data)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.unplug()


def a_system(bench: Bench, *make: str) -> None:
    image = bench.system(
        make or ("mkfs.ext4", "-q", "-F", "-L", "root"),
        **{"etc__os-release": 'PRETTY_NAME="Ubuntu 22.04.3 LTS"\n', "etc__hostname": "localhost\n"},
    )
    run("sgdisk", "-n", "1:2048:10239", "-t", "1:ef00", "-n", f"2:{ROOT_START // 512}:{(ROOT_START + ROOT_SIZE) // 512 - 1}",
        "-n", "3:200000:210000", "-n", "4:220000:230000", bench.file)  # fmt: skip
    bench.put(ROOT_START, image.read_bytes())
    (bench.tmp_path / "esp").write_bytes(b"\0" * 4 * MIB)
    run("mkfs.vfat", "-n", "ESP 1", bench.tmp_path / "esp")
    bench.put(MIB, (bench.tmp_path / "esp").read_bytes())
    bench.put(200_000 * 512, b"something of somebody")


PARTITIONS = (
    (1, MIB, 4 * MIB), (2, ROOT_START, ROOT_SIZE), (3, 200_000 * 512, 10_001 * 512), (4, 220_000 * 512, 10_001 * 512),
)  # fmt: skip
SYSTEM = FoundSystem(2, "Ubuntu 22.04.3 LTS", "localhost")


@needs_root
def test_an_empty_disk_holds_nothing(bench: Bench) -> None:
    bench.plug_in()
    assert bench.look() == Contents((), (), 66, 0, "")


@needs_root
def test_a_table_its_partitions_and_the_system_on_one(bench: Bench) -> None:
    a_system(bench)
    before = hashlib.sha256(bench.file.read_bytes()).hexdigest()
    bench.plug_in(*PARTITIONS)
    contents = bench.look()
    assert contents is not None
    assert contents.parts == (
        Part(0, "table", "gpt", "", SIZE),
        Part(1, "filesystem", "vfat", "ESP 1", 4 * MIB),
        Part(2, "filesystem", "ext4", "root", ROOT_SIZE),
        Part(3, "data", "", "", 10_001 * 512),
        Part(4, "empty", "", "", 10_001 * 512),
    )
    assert contents.systems == (SYSTEM,)
    assert contents.filled > 0
    assert not bench.place.is_mount()
    assert hashlib.sha256(bench.file.read_bytes()).hexdigest() == before


@needs_root
@pytest.mark.parametrize("kind", ["ext2", "ext3", "ext4"])
def test_old_file_systems_are_read_too(bench: Bench, kind: str) -> None:
    a_system(bench, f"mkfs.{kind}", "-q", "-F")
    bench.plug_in(*PARTITIONS)
    contents = bench.look()
    assert contents is not None
    assert contents.systems == (SYSTEM,)


@needs_root
def test_a_journal_that_waits_is_not_replayed(bench: Bench) -> None:
    a_system(bench)
    run("debugfs", "-w", "-R", "feature needs_recovery", bench.tmp_path / "root.img")
    bench.put(ROOT_START, (bench.tmp_path / "root.img").read_bytes())
    before = hashlib.sha256(bench.file.read_bytes()).hexdigest()
    bench.plug_in(*PARTITIONS)
    contents = bench.look()
    assert contents is not None
    assert contents.systems == (SYSTEM,)
    assert not bench.place.is_mount()
    assert hashlib.sha256(bench.file.read_bytes()).hexdigest() == before


@needs_root
@pytest.mark.parametrize("transport", ["fc", "iscsi", "nvmeof", "srp", "usb"])
def test_a_disk_that_others_may_share_is_probed_and_not_mounted(bench: Bench, transport: str) -> None:
    a_system(bench)
    bench.plug_in(*PARTITIONS)
    contents = bench.look(transport)
    assert contents is not None
    assert len(contents.parts) == 5
    assert contents.systems == ()


@needs_root
def test_what_is_writable_is_not_mounted(bench: Bench) -> None:
    a_system(bench)
    bench.plug_in(*PARTITIONS, writable=True)
    contents = bench.look()
    assert contents is not None
    assert contents.systems == ()


@needs_root
def test_a_broken_file_system_is_reported_without_a_system(bench: Bench) -> None:
    a_system(bench)
    bench.put(ROOT_START + 4096, b"\xa5" * 8 * MIB)
    bench.plug_in(*PARTITIONS)
    contents = bench.look()
    assert contents is not None
    assert "ext4" in [part.type for part in contents.parts]
    assert contents.systems == ()
    assert not bench.place.is_mount()


@needs_root
def test_several_signatures_on_one_device_are_all_told_and_none_is_mounted(bench: Bench) -> None:
    image = bench.system(("mkfs.ext4", "-q", "-F"), etc__hostname="localhost\n")
    bench.put(0, image.read_bytes())
    bench.put(0, b"hsqs".ljust(28, b"\0") + b"\4\0")
    bench.plug_in()
    contents = bench.look()
    assert contents is not None
    assert sorted(part.type for part in contents.parts) == ["ext4", "squashfs"]
    assert contents.systems == ()


@needs_root
def test_data_without_any_signature_is_data(bench: Bench) -> None:
    bench.put(0, b"\xa5" * SIZE)
    bench.plug_in()
    contents = bench.look()
    assert contents is not None
    assert (contents.parts, contents.sampled, contents.filled) == ((), 66, 66)
    assert len(contents.digest) == 64


@needs_root
def test_swap_on_a_whole_disk(bench: Bench) -> None:
    run("mkswap", "-q", "-L", "s", bench.file)
    bench.plug_in()
    contents = bench.look()
    assert contents is not None
    assert contents.parts == (Part(0, "swap", "swap", "s", SIZE),)


class NoTools(Commands):
    """A RAM OS in which every tool fails."""

    def run(self, argv: list[str], timeout_s: float, allowed: tuple[int, ...] = (0,)) -> str:
        raise MachineFailed(argv[0])


class Scripted(Commands):
    """blkid that answers the same for every device."""

    def __init__(self, answer: str, takes_s: float = 0) -> None:
        super().__init__()
        self.answer, self.takes_s, self.asked = answer, takes_s, 0

    def run(self, argv: list[str], timeout_s: float, allowed: tuple[int, ...] = (0,)) -> str:
        self.asked += 1
        time.sleep(self.takes_s)
        return self.answer


def a_disk(path: Path) -> Disk:
    path.write_bytes(b"\0" * MIB)
    return Disk(str(path), "", "S1", "", MIB, 512, 512, "sata")


def test_a_disk_at_which_nobody_can_look_says_so_and_the_others_are_told(tmp_path: Path) -> None:
    there = a_disk(tmp_path / "there")
    gone = replace(there, device=str(tmp_path / "gone"))
    first, second = Look(Scripted(""), tmp_path).at((gone, there))
    assert first.contents is None
    assert second.contents == Contents((), (), 1, 0, "")


def test_without_tools_nobody_can_say(tmp_path: Path) -> None:
    (disk,) = Look(NoTools(), tmp_path).at((a_disk(tmp_path / "disk"),))
    assert disk.contents is None


def test_a_look_that_hangs_holds_up_no_report_and_is_not_begun_again(tmp_path: Path) -> None:
    disk, commands = a_disk(tmp_path / "disk"), Scripted("", takes_s=1)
    look = Look(commands, tmp_path)
    for _ in range(3):
        (found,) = look.at((disk,), within_s=0.01)
        assert found.contents is None
    assert commands.asked == 1


def test_a_report_stays_within_its_bounds(tmp_path: Path) -> None:
    several = Scripted("ID_FS_AMBIVALENT=" + "raid:ddf_raid_member " * 8)
    disk = a_disk(tmp_path / "disk")
    disks = tuple(replace(disk, slot=n) for n in range(MOST_PARTS_IN_ALL))
    for n, one in enumerate(disks):
        (tmp_path / f"d{n}").symlink_to(one.device)
    disks = tuple(replace(one, device=str(tmp_path / f"d{n}")) for n, one in enumerate(disks))
    looked = Look(several, tmp_path).at(disks)
    assert sum(len(one.contents.parts) for one in looked if one.contents) == MOST_PARTS_IN_ALL
    assert looked[-1].contents is None
