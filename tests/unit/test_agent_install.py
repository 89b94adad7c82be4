"""A whole install onto a loop device: the disk that comes out is this machine's own, and broken ones never boot."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rackwright_agent.commands import Commands
from rackwright_agent.console import Console
from rackwright_agent.door import Door
from rackwright_agent.failures import MachineFailed, Stopped
from rackwright_agent.outbox import Outbox
from rackwright_agent.run import blockdevice
from rackwright_agent.run.install import install
from rackwright_agent.run.job import Job
from rackwright_agent.run.progress import ProgressMeter
from rackwright_wire.facts import Disk
from rackwright_wire.messages import DiskName, SystemFile, WritePlan
from tests.fixtures.agent import disk_image
from tests.fixtures.agent.disk_image import MIB, DiskImage
from tests.fixtures.agent.scripted_server import ScriptedServer

pytestmark = [pytest.mark.root, pytest.mark.skipif(os.geteuid() != 0, reason="loop devices and mounts need root")]

DISK_MIB = 160
SERIAL = "LOOP-1"


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> DiskImage:
    return disk_image.build(tmp_path_factory.mktemp("image"))


@pytest.fixture
def backing(tmp_path: Path) -> Path:
    """An old disk: every byte of it means something else."""
    path = tmp_path / "backing"
    path.write_bytes(b"\xa5" * (DISK_MIB * MIB))
    return path


@pytest.fixture
def loop(backing: Path) -> Iterator[str]:
    made = subprocess.run(["losetup", "-P", "-f", "--show", backing], check=True, capture_output=True, timeout=20)
    device = made.stdout.decode().strip()
    assert device.startswith("/dev/loop")
    yield device
    subprocess.run(["losetup", "-d", device], check=True, timeout=20)


@pytest.fixture
def sys_root(tmp_path: Path, loop: str) -> Path:
    """A /sys with this one device: the code under test must never see the development machine's disks."""
    name = loop.removeprefix("/dev/")
    (tmp_path / "sys/class/block").mkdir(parents=True)
    (tmp_path / "sys/class/block" / name).symlink_to(f"/sys/class/block/{name}")
    return tmp_path / "sys"


def plan(built: DiskImage, **changes: Any) -> WritePlan:
    whole = WritePlan(
        image=built.source(),
        disk=DiskName(serial=SERIAL),
        hostname="web01.example.org",
        kernel_arguments="console=tty0 console=ttyS1,57600n8",
        console_unit=1,
        console_speed=57600,
        root_password_hash="$6$salt$hash",
        files=(
            SystemFile("/root/.ssh/authorized_keys", "0600", "ssh-ed25519 AAAA me\n"),
            SystemFile("/outside/pwned", "0644", "must stay inside"),
            SystemFile("/etc/localtime", link_to="/usr/share/zoneinfo/UTC"),
        ),
        boot_entry="Rackwright web01",
    )
    return replace(whole, **changes)


class Bench:
    """One machine with one disk, and an outbox whose events are accepted at once."""

    def __init__(self, server: ScriptedServer, device: str, sys_root: Path, tmp_path: Path) -> None:
        self.disk = Disk(device, "", SERIAL, "", DISK_MIB * MIB, 512, 512, "virtio")
        self.outbox, self.stop, self.commands = Outbox(), threading.Event(), Commands()
        self.rebooted = 0
        self.server, self.sys_root, self.tmp_path = server, sys_root, tmp_path

    def run(self, plan: WritePlan) -> None:
        threading.Thread(target=self._accept, daemon=True).start()
        install(
            Job(
                plan=plan,
                disks=lambda: (self.disk,),
                boot_mode="bios",
                door=Door(self.server.url),
                commands=self.commands,
                outbox=self.outbox,
                progress=ProgressMeter(),
                console=Console(),
                stop=self.stop,
                reboot=self._reboot,
                sys_root=self.sys_root,
                mount_point=self.tmp_path / "mnt/root",
            )
        )

    def events(self) -> list[str]:
        return [e.kind + ":" + str(e.values.get("step", "")) for e in self.outbox.waiting()]

    def error(self) -> str:
        return next(str(e.values["error"]) for e in self.outbox.waiting() if e.kind == "install_failed")

    def _reboot(self) -> None:
        self.rebooted += 1

    def _accept(self) -> None:
        """Durable as soon as it is there, but kept for the test to read."""
        while not self.stop.is_set():
            if any(e.kind == "handing_over" for e in self.outbox.waiting()):
                self.kept = self.outbox.waiting()
                self.outbox.accept(self.outbox.last_seq)
                return
            self.stop.wait(0.05)


@pytest.fixture
def served(image: DiskImage) -> Iterator[ScriptedServer]:
    with ScriptedServer(lambda path, message: (404, "nothing"), image.compressed) as server:
        yield server


@pytest.fixture
def bench(served: ScriptedServer, loop: str, sys_root: Path, tmp_path: Path) -> Bench:
    return Bench(served, loop, sys_root, tmp_path)


def blkid(node: str, what: str) -> str:
    said = subprocess.run(["blkid", "-p", "-o", "value", "-s", what, node], capture_output=True, timeout=20)
    return said.stdout.decode().strip()


def debugfs(node: str, command: str) -> str:
    return subprocess.run(["debugfs", "-R", command, node], capture_output=True, timeout=20).stdout.decode()


def test_the_installed_disk_is_this_machines_own(bench: Bench, image: DiskImage, loop: str, backing: Path) -> None:
    bench.run(plan(image))
    assert bench.rebooted == 1
    assert [e.kind for e in bench.kept[-1:]] == ["handing_over"]
    steps = [e.values["step"] for e in bench.kept if e.kind == "step_finished"]
    assert steps == ["find_disk", "discard", "write_image", "verify", "grow", "identity", "configure", "boot"]
    values = bench.kept[-1].values
    assert values["disk_serial"] == SERIAL
    assert values["boot_mode"] == "bios"

    checked = subprocess.run(["sgdisk", "-v", backing], capture_output=True, timeout=20).stdout.decode()
    assert "No problems found" in checked
    root, esp = f"{loop}p3", f"{loop}p2"
    assert blkid(root, "UUID") == values["root_uuid"]
    assert blkid(esp, "UUID") == values["esp_volume_id"]
    assert subprocess.run(["e2fsck", "-f", "-n", root], capture_output=True, timeout=60).returncode == 0
    blocks = int(next(x for x in debugfs(root, "stats").splitlines() if x.startswith("Block count")).split()[-1])
    assert blocks * 4096 >= (DISK_MIB - 12) * MIB

    assert debugfs(root, "cat /etc/hostname") == "web01.example.org\n"
    assert "root:$6$salt$hash:19700" in debugfs(root, "cat /etc/shadow")
    assert "127.0.1.1\tweb01.example.org web01" in debugfs(root, "cat /etc/hosts")
    assert debugfs(root, "cat /etc/machine-id") != "0" * 32 + "\n"
    assert "the image's own key" not in debugfs(root, "cat /etc/ssh/ssh_host_rsa_key")
    assert "must stay inside" in debugfs(root, "cat /tmp/pwned")
    assert not Path("/tmp/pwned").exists()
    assert "Mode:  0600" in debugfs(root, "stat /root/.ssh/authorized_keys")
    grub = subprocess.run(["mtype", "-i", esp, "::/EFI/rackwright/boot.cfg"], capture_output=True, timeout=20)
    assert grub.stdout.decode() == (
        f'set root_uuid="{values["root_uuid"]}"\n'
        'set kernel_arguments="console=tty0 console=ttyS1,57600n8"\n'
        'set serial_unit="1"\nset serial_speed="57600"\n'
    )
    with pytest.raises(PermissionError), Path(loop).open("r+b", buffering=0) as disk:
        disk.write(b"x" * 512)


def test_two_installs_of_one_image_share_no_names(bench: Bench, image: DiskImage, loop: str) -> None:
    bench.run(plan(image))
    first = (bench.kept[-1].values["root_uuid"], bench.kept[-1].values["esp_volume_id"], blkid(loop, "PTUUID"))
    again = Bench(bench.server, loop, bench.sys_root, bench.tmp_path)
    again.run(plan(image))
    second = (again.kept[-1].values["root_uuid"], again.kept[-1].values["esp_volume_id"], blkid(loop, "PTUUID"))
    assert all(a != b for a, b in zip(first, second, strict=True))


def test_a_connection_that_breaks_is_taken_up_again(bench: Bench, image: DiskImage) -> None:
    bench.server.cut_after = [100_000, 0, 50_000]
    bench.run(plan(image))
    assert bench.rebooted == 1
    assert bench.server.ranges[1:4] == ["bytes=100000-", "bytes=100000-", "bytes=150000-"]


@pytest.mark.parametrize(
    ("served_as", "ordered", "cause"),
    [
        ("whole", {"sha256": "0" * 64}, "digest"),
        ("damaged", {}, "cannot be unpacked"),
        ("whole", {"raw_bytes": 40 * MIB}, "more than"),
        ("whole", {"raw_bytes": 49 * MIB}, "it should have"),
        ("whole", {"size_bytes": 1000}, "the plan says 1000"),
    ],
)
def test_an_image_that_is_not_the_ordered_one_never_becomes_bootable(
    bench: Bench, image: DiskImage, backing: Path, served_as: str, ordered: dict[str, Any], cause: str
) -> None:
    if served_as == "damaged":
        data = bytearray(image.compressed)
        data[len(data) // 2] ^= 0x55
        bench.server.image = bytes(data)
    bench.run(plan(image, image=image.source(**ordered)))
    assert bench.rebooted == 0
    assert cause in bench.error()
    data = backing.read_bytes()
    assert not any(data[:MIB]), "the first MiB stays empty"
    assert not any(data[-MIB:]), "no backup table at the end either"


def test_a_stop_in_the_middle_ends_the_write(bench: Bench, image: DiskImage, backing: Path) -> None:
    def stop(sent: int) -> None:
        if sent > 64 * 1024:
            bench.stop.set()
            bench.commands.stop()

    bench.server.on_image_bytes = stop
    bench.run(plan(image))
    assert bench.rebooted == 0
    assert not any(k.startswith(("install_failed", "step_failed", "handing_over")) for k in bench.events())
    assert not any(backing.read_bytes()[:MIB])


REFUSALS: list[tuple[str, Callable[[Bench], None], dict[str, Any], str]] = [
    ("another serial", lambda b: None, {"disk": DiskName(serial="OTHER")}, "no disk is"),
    ("no name at all", lambda b: None, {"disk": DiskName()}, "names no disk"),
    ("other sectors", lambda b: setattr(b, "disk", replace(b.disk, logical_sector_bytes=4096)), {}, "sectors of 512"),
    ("a small disk", lambda b: setattr(b, "disk", replace(b.disk, size_bytes=MIB)), {}, "use a larger disk"),
]


@pytest.mark.parametrize(("machine", "plan_changes", "cause"), [r[1:] for r in REFUSALS], ids=[r[0] for r in REFUSALS])
def test_a_disk_that_does_not_fit_is_not_touched(
    bench: Bench,
    image: DiskImage,
    backing: Path,
    machine: Callable[[Bench], None],
    plan_changes: dict[str, Any],
    cause: str,
) -> None:
    blockdevice.set_read_only(bench.disk.device, True)
    machine(bench)
    bench.run(plan(image, **plan_changes))
    assert cause in bench.error()
    assert backing.read_bytes() == b"\xa5" * (DISK_MIB * MIB)


def test_a_tool_s_last_words_are_the_cause() -> None:
    with pytest.raises(MachineFailed, match=r"sh ended with 3: .*second"):
        Commands().run(["sh", "-c", "echo first >&2; echo second >&2; exit 3"], 10)
    assert Commands().run(["sh", "-c", "echo out; exit 1"], 10, allowed=(0, 1)) == "out\n"


def test_a_tool_that_is_missing_is_named() -> None:
    with pytest.raises(MachineFailed, match="no-such-tool cannot be run"):
        Commands().run(["no-such-tool"], 10)


def test_a_tool_that_hangs_is_ended() -> None:
    with pytest.raises(MachineFailed, match="did not end within"):
        Commands().run(["sleep", "60"], 0.1)


def test_a_stop_ends_the_running_tool_and_lets_no_other_start() -> None:
    commands = Commands()
    threading.Timer(0.1, commands.stop).start()
    began = time.monotonic()
    with pytest.raises(Stopped):
        commands.run(["sleep", "60"], 60)
    assert time.monotonic() - began < 10
    with pytest.raises(Stopped):
        commands.run(["true"], 10)
