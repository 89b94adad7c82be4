"""The first-boot program, run by each shell it must know against a small server on loopback."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

PROGRAM = Path(str(files("rackwright.render.first_boot").joinpath("first-boot.sh")))
TOKEN = "s3cret&token=+%/é"
TOOLS = "basename cat dirname env grep head mkdir od readlink rm sed sh sleep sort sync tail tee timeout touch tr"
DROP = 0  # the connection ends without an answer


@dataclass(frozen=True)
class System:
    """A shell and the one HTTP client that the installed system has."""

    shell: str
    client: str


SYSTEMS = [
    System("dash", "curl"),
    System("dash", "wget"),
    System("bash", "curl"),
    System("bash", "python3"),
    System("busybox", "wget"),
]
SHELLS = [System("dash", "curl"), System("bash", "wget"), System("busybox", "wget")]


def name_of(system: System) -> str:
    return f"{system.shell}-{system.client}"


@dataclass
class Home:
    """Records what was posted, and answers from a list; ok after its end."""

    answers: list[int | bytes] = field(default_factory=list)
    posted: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    url: str = ""

    def next_answer(self) -> tuple[int, bytes]:
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, bytes):
            return 200, answer
        return answer, b"ok\n" if answer == 200 else b"no\n"


@pytest.fixture
def home() -> Iterator[Home]:
    home = Home()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            home.posted.append((self.path, dict(parse_qsl(body, keep_blank_values=True, strict_parsing=True))))
            status, text = home.next_answer()
            if status == DROP:
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    home.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield home
    server.shutdown()
    thread.join()
    server.server_close()


class Installed:
    """An installed system below a directory: its settings, its /proc and /sys, its programs."""

    def __init__(self, root: Path, home: Home) -> None:
        self.root = root
        self.settings = root / "etc/rackwright/first-boot.env"
        self.write(
            "etc/rackwright/first-boot.env",
            f"RACKWRIGHT_URL='{home.url}'\nRACKWRIGHT_INSTALL='0192-7'\nRACKWRIGHT_TOKEN='{TOKEN}'\n"
            "RACKWRIGHT_RETRY_S=0\n",
        )
        self.write("proc/sys/kernel/hostname", "web01\n")
        self.write("proc/sys/kernel/random/boot_id", "b0071d\n")
        self.mount_root("254:3", "/dev/vda3")
        self.disk("pci0/virtio1/block/vda", "254:3", "vda3")
        self.write("sys/devices/pci0/virtio1/block/vda/serial", "QM00001\n")

    def write(self, path: str, text: str | bytes, mode: int = 0o644) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        file.chmod(mode)
        return file

    def mount_root(self, number: str, source: str) -> None:
        self.write(
            "proc/self/mountinfo",
            f"21 1 {number} / / rw,relatime shared:1 - ext4 {source} rw\n"
            "22 21 0:21 / /proc rw shared:12 - proc proc rw\n",
        )

    def disk(self, path: str, number: str, partition: str) -> None:
        """A disk in sysfs with one partition, found by its device number."""
        self.write(f"sys/devices/{path}/{partition}/partition", "3\n")
        self.number(number, f"{path}/{partition}")

    def number(self, number: str, path: str) -> None:
        link = self.root / "sys/dev/block" / number
        link.parent.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(self.root / "sys/devices" / path)

    def profile(self, text: str) -> None:
        self.write("etc/rackwright/first-boot.d/profile", f"#!/bin/sh\n{text}", 0o755)

    def programs(self, system: System) -> Path:
        """A PATH with the tools that every system has, and the one client."""
        path = self.root / "bin"
        path.mkdir(exist_ok=True)
        for tool in (*TOOLS.split(), system.client):
            if system.shell == "busybox":
                (path / tool).symlink_to(found("busybox"))
            elif tool == "python3":
                self.write("bin/python3", f'#!/bin/sh\nexec {sys.executable} "$@"\n', 0o755)
            else:
                (path / tool).symlink_to(found(tool))
        self.write(
            "bin/ip",
            "#!/bin/sh\n"
            "echo '2: eth0    inet 10.77.0.101/24 brd 10.77.0.255 scope global eth0'\n"
            "echo '2: eth0    inet6 fd77::65/64 scope global'\n",
            0o755,
        )
        return path

    def start(self, system: System) -> subprocess.Popen[str]:
        shell = [found(system.shell), "sh"] if system.shell == "busybox" else [found(system.shell)]
        path = self.root / "bin" if (self.root / "bin").exists() else self.programs(system)
        return subprocess.Popen(
            [*shell, str(PROGRAM)],
            env={"PATH": str(path), "RACKWRIGHT_ROOT": str(self.root), "http_proxy": "http://127.0.0.1:9"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def boot(self, system: System) -> str:
        """Runs the program to its end and returns what it said."""
        process = self.start(system)
        try:
            said, _ = process.communicate(timeout=60)
        finally:
            process.kill()
        assert process.returncode == 0, said
        return said


@pytest.fixture
def installed(tmp_path: Path, home: Home) -> Installed:
    return Installed(tmp_path, home)


def found(program: str) -> str:
    path = shutil.which(program)
    if path is None:
        pytest.skip(f"{program} is not installed")
    return path


def the_only_message(home: Home) -> dict[str, str]:
    ((path, message),) = home.posted
    assert path == "/v1/phone-home"
    return message


@pytest.mark.parametrize("system", SYSTEMS, ids=name_of)
def test_it_proves_which_system_booted_and_then_forgets_the_token(
    installed: Installed, home: Home, system: System
) -> None:
    said = installed.boot(system)
    message = the_only_message(home)
    addresses = message.pop("addresses")
    assert message == {
        "install": "0192-7",
        "token": TOKEN,
        "hostname": "web01",
        "root_disk_serial": "QM00001",
        "boot_mode": "bios",
        "boot_id": "b0071d",
        "script_exit": "0",
    }
    if system.shell != "busybox":  # whose own ip comes before the one in PATH
        assert addresses == "10.77.0.101,fd77::65"
    assert TOKEN not in said
    assert not installed.settings.exists()
    assert not [file for file in (installed.root / "var").rglob("*") if file.is_file() and file.stat().st_size]


@pytest.mark.parametrize("system", SHELLS, ids=name_of)
def test_a_second_boot_says_nothing(installed: Installed, home: Home, system: System) -> None:
    installed.boot(system)
    assert installed.boot(system) == ""
    assert len(home.posted) == 1


@pytest.mark.parametrize("system", SYSTEMS, ids=name_of)
def test_a_lost_reply_is_asked_for_again_with_the_same_message(
    installed: Installed, home: Home, system: System
) -> None:
    home.answers = [DROP, 503]
    installed.boot(system)
    assert len(home.posted) == 3
    assert home.posted[0] == home.posted[1] == home.posted[2]


@pytest.mark.parametrize("system", SYSTEMS, ids=name_of)
def test_it_gives_up_when_nobody_waits_for_the_install(installed: Installed, home: Home, system: System) -> None:
    home.answers = [410]
    installed.boot(system)
    assert len(home.posted) == 1
    assert not installed.settings.exists()


@pytest.mark.parametrize("system", SHELLS, ids=name_of)
def test_an_answer_that_is_not_the_servers_is_not_believed(installed: Installed, home: Home, system: System) -> None:
    home.answers = [b"<html>Please log in</html>"]
    installed.boot(system)
    assert len(home.posted) == 2


@pytest.mark.parametrize("system", SHELLS, ids=name_of)
def test_a_failing_profile_script_is_reported_and_its_output_kept(
    installed: Installed, home: Home, system: System
) -> None:
    installed.profile("echo packages; echo broken >&2; exit 7\n")
    installed.boot(system)
    assert the_only_message(home)["script_exit"] == "7"
    assert (installed.root / "var/log/rackwright-first-boot.log").read_text() == "packages\nbroken\n"


@pytest.mark.parametrize("system", SHELLS, ids=name_of)
def test_the_profile_script_runs_once_however_often_the_machine_boots_before_it_is_heard(
    installed: Installed, home: Home, system: System
) -> None:
    installed.profile(f"echo ran >>{installed.root}/runs\nexit 3\n")
    home.answers = [503] * 100000
    first = installed.start(system)
    until(lambda: bool(home.posted))
    os.killpg(first.pid, 9)
    first.communicate()
    home.answers = []
    home.posted.clear()
    installed.boot(system)
    assert (installed.root / "runs").read_text() == "ran\n"
    assert home.posted[-1][1]["script_exit"] == "3"


@pytest.mark.parametrize("system", SHELLS, ids=name_of)
def test_a_profile_script_cut_short_by_a_shutdown_is_not_run_again(
    installed: Installed, home: Home, system: System
) -> None:
    installed.profile(f"echo ran >>{installed.root}/runs\nsleep 60\n")
    first = installed.start(system)
    until((installed.root / "runs").exists)
    os.killpg(first.pid, 9)
    first.communicate()
    installed.boot(system)
    assert (installed.root / "runs").read_text() == "ran\n"
    assert the_only_message(home)["script_exit"] == "143"


@pytest.mark.parametrize("system", SHELLS, ids=name_of)
def test_the_profile_script_does_not_see_the_token(installed: Installed, home: Home, system: System) -> None:
    installed.profile("env\n")
    installed.boot(system)
    assert "s3cret" not in (installed.root / "var/log/rackwright-first-boot.log").read_text()
    assert the_only_message(home)["token"] == TOKEN


@pytest.mark.parametrize("client", ["curl", "wget", "python3"])
def test_the_token_is_in_no_argument_list_and_no_readable_file(installed: Installed, home: Home, client: str) -> None:
    system = System("dash", client)
    path = installed.programs(system)
    (path / client).unlink()
    real = sys.executable if client == "python3" else found(client)
    installed.write(
        f"bin/{client}",
        f'#!/bin/sh\necho "$@" >>{installed.root}/arguments\nexec {real} "$@"\n',
        0o755,
    )
    home.answers = [503] * 3
    installed.boot(system)
    assert "s3cret" not in (installed.root / "arguments").read_text()
    assert (installed.root / "var/lib/rackwright").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("system", SHELLS, ids=name_of)
def test_uefi_is_told_from_bios_by_the_kernel(installed: Installed, home: Home, system: System) -> None:
    (installed.root / "sys/firmware/efi").mkdir(parents=True)
    installed.boot(system)
    assert the_only_message(home)["boot_mode"] == "uefi"


@pytest.mark.parametrize("system", SHELLS, ids=name_of)
def test_an_nvme_disk_has_its_serial_at_its_controller(installed: Installed, home: Home, system: System) -> None:
    installed.mount_root("259:2", "/dev/nvme0n1p2")
    installed.disk("pci0/nvme/nvme0/nvme0n1", "259:2", "nvme0n1p2")
    installed.write("sys/devices/pci0/nvme/nvme0/nvme0n1/device/serial", "S4EVNX0M   \n")
    installed.boot(system)
    assert the_only_message(home)["root_disk_serial"] == "S4EVNX0M"


@pytest.mark.parametrize("system", SHELLS, ids=name_of)
def test_a_scsi_disk_has_its_serial_in_page_80(installed: Installed, home: Home, system: System) -> None:
    installed.mount_root("8:3", "/dev/sda3")
    installed.disk("pci0/host0/block/sda", "8:3", "sda3")
    installed.write("sys/devices/pci0/host0/block/sda/serial", "")
    installed.write("sys/devices/pci0/host0/block/sda/device/vpd_pg80", b"\x00\x80\x00\x0c    WD-WX21 9\x00")
    installed.boot(system)
    assert the_only_message(home)["root_disk_serial"] == "WD-WX21 9"


@pytest.mark.parametrize("system", SHELLS, ids=name_of)
def test_a_root_on_lvm_on_raid_names_every_disk_below(installed: Installed, home: Home, system: System) -> None:
    installed.mount_root("253:0", "/dev/mapper/vg-root")
    for letter, serial in (("a", "ONE"), ("b", "TWO")):
        installed.disk(f"pci0/block/sd{letter}", f"8:{ord(letter)}", f"sd{letter}2")
        installed.write(f"sys/devices/pci0/block/sd{letter}/serial", f"{serial}\n")
        slaves = installed.root / "sys/devices/virtual/block/md0/slaves"
        slaves.mkdir(parents=True, exist_ok=True)
        (slaves / f"sd{letter}2").symlink_to(installed.root / f"sys/devices/pci0/block/sd{letter}/sd{letter}2")
    slaves = installed.root / "sys/devices/virtual/block/dm-0/slaves"
    slaves.mkdir(parents=True)
    (slaves / "md0").symlink_to(installed.root / "sys/devices/virtual/block/md0")
    installed.number("253:0", "virtual/block/dm-0")
    installed.boot(system)
    assert the_only_message(home)["root_disk_serial"] == "ONE,TWO"


def until(happened: object, timeout_s: float = 30) -> None:
    assert callable(happened)
    deadline = time.monotonic() + timeout_s
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
