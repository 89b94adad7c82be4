"""The control socket's messages and its client. For demos and tests only: a server under test never sees it.

One JSON object per line each way, for example `{"do":"server-kill"}` and `{"ok":true,"survivors":[]}`.
"""

import os
import socket
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from .rundir import RunDir


class Status(msgspec.Struct, frozen=True, tag_field="do", tag="status"):
    """What runs."""


class ServerKill(msgspec.Struct, frozen=True, tag_field="do", tag="server-kill"):
    """SIGKILL to the server's parent process, as a crash would; waits until it is gone."""


class ServerStart(msgspec.Struct, frozen=True, tag_field="do", tag="server-start"):
    """Start the server again after a kill or an exit of its own."""


class MachineCut(msgspec.Struct, frozen=True, tag_field="do", tag="machine-cut"):
    """Pull the machine's power cord: SIGKILL to its QEMU."""

    machine: str


class MachineConsole(msgspec.Struct, frozen=True, tag_field="do", tag="machine-console"):
    """Where the machine's console log is."""

    machine: str


Request = Status | ServerKill | ServerStart | MachineCut | MachineConsole


class Reply(msgspec.Struct, frozen=True, omit_defaults=True):
    """The answer to any request; only the fields that belong to it are set."""

    ok: bool
    error: str = ""
    path: str = ""
    server_running: bool = False
    server_exit: str = ""
    survivors: tuple[int, ...] = ()
    machines_on: tuple[str, ...] = ()


@contextmanager
def socket_address(path: Path) -> Generator[str]:
    """A short name for a unix socket: the kernel takes 107 characters, and test directories are longer."""
    directory = os.open(path.parent, os.O_PATH | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{directory}/{path.name}"
    finally:
        os.close(directory)


class ControlError(Exception):
    """The rack refused a request, or is gone."""


class RackControl:
    """Drives a running rack from the host.

    rack = RackControl(Path("/var/tmp/rack"))
    rack.kill_server(); rack.start_server()
    rack.cut("node1")                  # the power cord, pulled
    rack.console("node1")              # every byte of its serial port so far
    subprocess.run(rack.inside("ipmitool", …))   # a command in the rack's network
    """

    def __init__(self, run_dir: Path) -> None:
        self.run_dir = RunDir(run_dir)

    @property
    def pid(self) -> int:
        """The rack's first process, as the host numbers it."""
        return int(self.run_dir.pid.read_text())

    def inside(self, *arguments: str) -> list[str]:
        """The command line that runs `arguments` in the rack's network; needs root on the host."""
        return ["nsenter", f"--target={self.pid}", "--net", "--", *arguments]

    def status(self) -> Reply:
        return self._ask(Status())

    def kill_server(self) -> Reply:
        """`survivors` lists processes of the server that outlived their parent by 3 s; they are killed then."""
        return self._ask(ServerKill())

    def start_server(self) -> Reply:
        return self._ask(ServerStart())

    def cut(self, machine: str) -> Reply:
        return self._ask(MachineCut(machine))

    def console(self, machine: str) -> str:
        log = Path(self._ask(MachineConsole(machine)).path)
        return log.read_bytes().decode("utf-8", "replace") if log.exists() else ""

    def _ask(self, request: Request) -> Reply:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(30)
            try:
                with socket_address(self.run_dir.control_socket) as address:
                    connection.connect(address)
                connection.sendall(msgspec.json.encode(request) + b"\n")
                line = connection.makefile("rb").readline()
            except OSError as error:
                raise ControlError(f"no rack answers in {self.run_dir.path}: {error}") from error
        if not line:
            raise ControlError(f"the rack in {self.run_dir.path} stopped")
        reply = msgspec.json.decode(line, type=Reply)
        if not reply.ok:
            raise ControlError(reply.error)
        return reply
