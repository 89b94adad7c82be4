"""The rack's first process (pid 1 of its namespaces): wires the network, keeps BMCs and server, obeys control.

It stops everything when told by signal, or when the process that started it ends for any reason.
"""

import os
import select
import signal
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

import msgspec

from .children import Children, kill_processes, session_members
from .control import MachineConsole, MachineCut, Reply, Request, ServerKill, ServerStart, Status, socket_address
from .processes import signal_socket
from .rackfile import Machine, Rack
from .rundir import RunDir
from .wiring import wire

_STOP_SIGNALS = frozenset((signal.SIGTERM, signal.SIGINT, signal.SIGHUP))
_BMC_START_S = 30.0
_SERVER_STOP_S = 10.0
_BMC_STOP_S = 6.0
_ORPHAN_S = 3.0
_CUT_S = 5.0


@dataclass(frozen=True, slots=True)
class ServerCommand:
    """What runs as the server, and the listening socket of the host it is given."""

    arguments: tuple[str, ...]
    listening: socket.socket | None


class Supervisor:
    """`run` returns when the rack has stopped and only this process is left."""

    def __init__(self, rack: Rack, rack_file: Path, run_dir: RunDir, server: ServerCommand) -> None:
        self._rack = rack
        self._rack_file = rack_file
        self._run_dir = run_dir
        self._server = server
        self._children = Children()
        self._bmcs: dict[str, int] = {}
        self._server_pid: int | None = None
        self._told_exit = False

    def run(self, lifeline: int) -> None:
        """Serve until a signal, or until the other end of `lifeline` is closed."""
        stop = signal_socket(signal.SIGCHLD, *_STOP_SIGNALS)
        try:
            wire(self._rack)
            self._start_bmcs()
            self._start_server()
            with _listen(self._run_dir.control_socket) as control:
                print(f"rack {self._rack.name} is up: {len(self._rack.machines)} machines", flush=True)
                self._loop(stop, control, lifeline)
        finally:
            self._stop()

    def _loop(self, stop: socket.socket, control: socket.socket, lifeline: int) -> None:
        while True:
            readable = select.select([stop, control, lifeline], [], [], 1.0)[0]
            if lifeline in readable:
                return
            if stop in readable and not _STOP_SIGNALS.isdisjoint(stop.recv(64)):
                return
            if control in readable:
                self._answer(control)
            self._children.reap()
            self._tell_server_exit()

    def _start_bmcs(self) -> None:
        for machine in self._rack.machines:
            files = self._run_dir.machine(machine.name)
            files.directory.mkdir()
            for disk in machine.disks:
                with files.disk(disk).open("wb") as file:
                    file.truncate(disk.size_bytes)
            command = [sys.executable, "-m", "virtualrack.bmc", "--rack", str(self._rack_file)]
            command += ["--machine", machine.name, "--run-dir", str(self._run_dir.path)]
            self._bmcs[machine.name] = self._children.start(command, files.bmc_log)
        for machine in self._rack.machines:
            self._await_bmc(machine)

    def _await_bmc(self, machine: Machine) -> None:
        files, pid = self._run_dir.machine(machine.name), self._bmcs[machine.name]

        def settled() -> bool:
            return files.bmc_ready.exists() or self._children.exit_code(pid) is not None

        self._children.wait(settled, _BMC_START_S)
        if not files.bmc_ready.exists():
            raise RuntimeError(f"the BMC of {machine.name} does not start:\n{files.bmc_log.read_text()}")

    def _start_server(self) -> None:
        if self._server.arguments:
            self._server_pid = self._children.start(
                self._server.arguments, self._run_dir.server_log, self._server.listening
            )
            self._told_exit = False

    def _answer(self, control: socket.socket) -> None:
        connection, _ = control.accept()
        with connection:
            connection.settimeout(2)
            try:
                line = connection.makefile("rb").readline()
                reply = self._obey(msgspec.json.decode(line, type=Request))
            except (msgspec.DecodeError, LookupError, OSError) as error:
                reply = Reply(ok=False, error=str(error))
            try:
                connection.sendall(msgspec.json.encode(reply) + b"\n")
            except OSError:
                return  # Nobody waits for the answer any more.

    def _obey(self, request: Request) -> Reply:
        match request:
            case Status():
                return self._status()
            case ServerKill():
                return self._kill_server()
            case ServerStart():
                if self._server_runs():
                    return Reply(ok=False, error="the server is running")
                self._start_server()
                return self._status()
            case MachineCut(name):
                return self._cut(self._rack.machine(name))
            case MachineConsole(name):
                return Reply(ok=True, path=str(self._run_dir.machine(self._rack.machine(name).name).console_log))
            case _:
                assert_never(request)

    def _status(self) -> Reply:
        on = [m.name for m in self._rack.machines if self._run_dir.machine(m.name).qemu_pid.exists()]
        return Reply(ok=True, machines_on=tuple(on), server_running=self._server_runs(), server_exit=self._exit_text())

    def _kill_server(self) -> Reply:
        pid = self._server_pid
        if pid is None or not self._server_runs():
            return Reply(ok=False, error="the server is not running")
        os.kill(pid, signal.SIGKILL)
        self._children.wait(lambda: self._children.exit_code(pid) is not None, _ORPHAN_S)
        self._children.wait(lambda: not session_members(pid), _ORPHAN_S)
        survivors = session_members(pid)
        # systemd would kill what is left of the unit before it starts it again.
        kill_processes(survivors)
        return Reply(ok=True, survivors=tuple(survivors), server_exit=self._exit_text())

    def _cut(self, machine: Machine) -> Reply:
        pid_file = self._run_dir.machine(machine.name).qemu_pid
        if not pid_file.exists():
            return Reply(ok=False, error=f"{machine.name} is off")
        kill_processes([int(pid_file.read_text())])
        if not self._children.wait(lambda: not pid_file.exists(), _CUT_S):
            return Reply(ok=False, error=f"the BMC of {machine.name} does not notice")
        return Reply(ok=True)

    def _server_runs(self) -> bool:
        return self._server_pid is not None and self._children.exit_code(self._server_pid) is None

    def _exit_text(self) -> str:
        code = None if self._server_pid is None else self._children.exit_code(self._server_pid)
        if code is None:
            return ""
        return f"exit status {code}" if code >= 0 else f"signal {-code}"

    def _tell_server_exit(self) -> None:
        if self._server_pid is not None and not self._server_runs() and not self._told_exit:
            self._told_exit = True
            print(f"the server ended: {self._exit_text()}; see {self._run_dir.server_log}", flush=True)
        for name, pid in list(self._bmcs.items()):
            if self._children.exit_code(pid) is not None:
                print(f"the BMC of {name} ended; see {self._run_dir.machine(name).bmc_log}", flush=True)
                del self._bmcs[name]

    def _stop(self) -> None:
        if self._server_pid is not None:
            self._children.end([self._server_pid], _SERVER_STOP_S)
        self._children.end(list(self._bmcs.values()), _BMC_STOP_S)
        try:
            os.kill(-1, signal.SIGKILL)  # In a pid namespace -1 is everyone but this first process.
        except ProcessLookupError:
            return
        self._children.wait(lambda: not _others(), 2.0)


def _others() -> Sequence[str]:
    return [e.name for e in Path("/proc").iterdir() if e.name.isdigit() and e.name != "1"]


def _listen(path: Path) -> socket.socket:
    listening = socket.socket(socket.AF_UNIX)
    with socket_address(path) as address:
        listening.bind(address)
    path.chmod(0o600)
    listening.listen()
    return listening
