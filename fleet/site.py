"""The real server as its own processes: started, killed, started again, and whatever one of them did by itself noted."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from rackwright.main import PARENT

IMAGE_BYTES = 96 * 1024
STARTS, WRITES, POWER = 40, 15, 6
_SETTINGS = """\
site = "fleet"
state_dir = "{directory}/state"
ramos_dir = "{directory}/ramos"
database = "{database}"
stall_s = 8
lost_contact_s = 8
soft_off_s = 3

[api]
listen = "127.0.0.1:{api}"

[door]
port = {door}

[limits]
starts = {starts}
writes = {writes}
power_per_rack = {power}
bmc_actions = 100

[deadlines_s]
starting = 90
inspecting = 20
granted = 20
installing = 60
first_boot = 30

[[network]]
name = "lo"
interface = "lo"
address = "127.0.0.1/8"
dhcp = false
"""


@dataclass(slots=True)
class Ended:
    """A process that ended though nobody killed it."""

    name: str
    status: int
    said: str


@dataclass(slots=True)
class Site:
    """`names` are the processes; more than one door or work process shares nothing but the database."""

    directory: Path
    processes: int
    database: str
    names: tuple[str, ...] = ()
    doors: tuple[int, ...] = ()
    api: int = 0
    ended: list[Ended] = field(default_factory=list[Ended])
    _running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict[str, "subprocess.Popen[bytes]"])

    @property
    def bmcs(self) -> Path:
        return self.directory / "bmcs"

    @property
    def image(self) -> Path:
        return self.directory / "tiny.img"

    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.directory / 'state' / 'rackwright.sqlite3'}"

    def token(self) -> str:
        return (self.directory / "state" / "admin.token").read_text().strip()

    def prepare(self, leases: str) -> None:
        """Settings, files, an empty migrated database; `leases` is the DHCP server's file."""
        self.doors, self.api = tuple(_free_port() for _ in range(self.processes)), _free_port()
        doors, works = (tuple(f"{kind}{n + 1}" for n in range(self.processes)) for kind in ("door", "work"))
        self.names = (*doors, "office", *works)
        text = _SETTINGS.format(
            directory=self.directory, database=self.database, api=self.api, door=self.doors[0], starts=STARTS,
            writes=WRITES,
            power=POWER,
        )  # fmt: skip
        self._config.write_text(text)
        (self.directory / "ramos").mkdir()
        for name in ("vmlinuz", "initrd.img"):
            (self.directory / "ramos" / name).write_bytes(name.encode() * 100)
        (self.directory / "state").mkdir(mode=0o700)
        (self.directory / "state" / "dnsmasq.leases").write_text(leases)
        self.image.write_bytes(os.urandom(IMAGE_BYTES))
        subprocess.run(self._command("prepare"), check=True, timeout=120, env=self._environment("prepare"))

    def start_all(self) -> None:
        for name in self.names:
            self.start(name)

    def start(self, name: str) -> None:
        with self._log(name).open("ab") as log:
            self._running[name] = subprocess.Popen(
                self._command(name), stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self._environment(name),
                start_new_session=True,
            )  # fmt: skip

    def kill(self, name: str) -> None:
        """As a crash or the kernel would: nothing is flushed, nothing is said."""
        process = self._running.pop(name, None)
        if process:
            process.kill()
            process.wait(10)

    def watch(self) -> list[str]:
        """The processes that ended by themselves since the last look; each must be started again."""
        found: list[str] = []
        for name, process in list(self._running.items()):
            status = process.poll()
            if status is not None:
                del self._running[name]
                self.ended.append(Ended(name, status, self._log(name).read_text(errors="replace")[-2000:]))
                found.append(name)
        return found

    def is_running(self, name: str) -> bool:
        return name in self._running

    def stop(self) -> None:
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)
        self._running = {}

    def tracebacks(self) -> list[tuple[str, str]]:
        """What each process's log has of bugs: the process and the traceback's end."""
        found: list[tuple[str, str]] = []
        for name in self.names:
            log = self._log(name)
            text = log.read_text(errors="replace") if log.exists() else ""
            found += [(name, _last_words(part)) for part in text.split("Traceback (most recent call last):\n")[1:]]
        return found

    def keep(self, place: Path) -> None:
        """Copies logs and settings for whoever looks for a failure's reason."""
        shutil.copytree(self.directory, place, dirs_exist_ok=True, ignore=shutil.ignore_patterns("bmcs", "ramos"))

    @property
    def _config(self) -> Path:
        return self.directory / "rackwright.toml"

    def _log(self, name: str) -> Path:
        return self.directory / f"{name}.log"

    def _command(self, name: str) -> list[str]:
        kind = name.rstrip("0123456789")
        return [sys.executable, "-m", "fleet.server", kind, str(self._config), str(self.bmcs)]

    def _environment(self, name: str) -> dict[str, str]:
        given = {PARENT: str(os.getpid())}
        if name.startswith("door"):
            given["RACKWRIGHT_DOOR__PORT"] = str(self.doors[int(name.removeprefix("door")) - 1])
        return {k: v for k, v in os.environ.items() if not k.startswith("RACKWRIGHT_")} | given


def _last_words(traceback: str) -> str:
    """Where it was raised, and what."""
    frames: list[str] = []
    for line in traceback.splitlines():
        if not line.startswith(" "):
            return " ".join([*frames[-2:], line[:300]])
        if line.startswith("  File"):
            frames.append(line.strip())
    return " ".join(frames[-2:])


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
