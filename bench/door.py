"""The real machine door as a process of its own, and the processor time it has used."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Door:
    """`also` is a process whose children work for the door: PostgreSQL's postmaster, 0 for none."""

    pid: int
    port: int
    also: int = 0

    def cpu_s(self) -> float:
        """User and system time of all its threads."""
        return _cpu_s(self.pid)[1]

    def database_cpu_s(self) -> float:
        """Of the database's processes that live now; connections stay open while it is measured."""
        if not self.also:
            return 0.0
        everyone = (_cpu_s(int(entry.name)) for entry in Path("/proc").iterdir() if entry.name.isdigit())
        return sum(cpu for parent, cpu in everyone if parent == self.also)


def _cpu_s(pid: int) -> tuple[int, float]:
    """The parent, and the time used; nothing for a process that has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0, 0.0
    return int(fields[1]), (int(fields[11]) + int(fields[12])) / TICKS_PER_S


def settings_file(directory: Path, database: str) -> tuple[Path, int]:
    """The settings of a door on loopback, and its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    path = directory / "rackwright.toml"
    path.write_text(
        f'state_dir = "{directory}"\ndatabase = "{database}"\n[door]\nport = {port}\n'
        '[[network]]\nname = "bench"\ninterface = "lo"\naddress = "127.0.0.1/8"\ndhcp = false\n'
    )
    return path, port


@contextmanager
def running_door(config: Path, port: int, also: int = 0) -> Generator[Door]:
    command = [sys.executable, "-m", "rackwright.main", "door", "--config", str(config)]
    process = subprocess.Popen(command, env=os.environ | {"RACKWRIGHT_PARENT": str(os.getpid())})
    try:
        _wait(process, port)
        yield Door(process.pid, port, also)
    finally:
        process.terminate()
        process.wait(30)


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError("the door does not answer") from None
            time.sleep(0.1)
