"""Child processes of the rack's first process: started, reaped and ended here, and nowhere else."""

import os
import signal
import socket
import time
from collections.abc import Callable, Sequence
from pathlib import Path

_LISTEN_FD = 3  # The first descriptor of systemd's socket activation protocol.


class Children:
    """Reaps everything, as the first process of a pid namespace must, and remembers how its own ended."""

    def __init__(self) -> None:
        self._ended: dict[int, int] = {}

    def start(self, command: Sequence[str], log: Path, listening: socket.socket | None = None) -> int:
        """A child in a session of its own with standard output and error appended to `log`.

        `listening` arrives as descriptor 3 with LISTEN_FDS and LISTEN_PID set. Returns the process id.
        """
        pid = os.fork()
        if pid == 0:
            _become(command, log, listening)
        return pid

    def reap(self) -> None:
        """Collect every child that ended; never waits."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self._ended[pid] = os.waitstatus_to_exitcode(status)

    def exit_code(self, pid: int) -> int | None:
        """How a child ended (negative: by that signal); None while it runs."""
        self.reap()
        return self._ended.get(pid)

    def wait(self, done: Callable[[], bool], limit_s: float) -> bool:
        """Reap until `done()` or the limit; returns whether it was done."""
        deadline_s = time.monotonic() + limit_s
        while not done():
            if time.monotonic() >= deadline_s:
                return False
            time.sleep(0.02)
            self.reap()
        return True

    def end(self, pids: Sequence[int], limit_s: float) -> None:
        """SIGTERM, then SIGKILL for those that do not end in time."""
        for pid in pids:
            if self.exit_code(pid) is None:
                os.kill(pid, signal.SIGTERM)
        self.wait(lambda: all(self.exit_code(pid) is not None for pid in pids), limit_s)
        for pid in pids:
            if self.exit_code(pid) is None:
                os.kill(pid, signal.SIGKILL)


def session_members(session: int) -> list[int]:
    """Living processes of a session, from /proc of this pid namespace."""
    members: list[int] = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            # The fields after the parenthesised name: state, parent, process group, session.
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            members.append(int(entry.name))
    return members


def kill_processes(pids: Sequence[int]) -> None:
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def _become(command: Sequence[str], log: Path, listening: socket.socket | None) -> None:
    """Turn this forked copy into the command; never returns."""
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        environment = {k: v for k, v in os.environ.items() if not k.startswith("LISTEN_")}
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        source = os.dup(listening.fileno()) if listening is not None else -1
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        if source >= 0:
            os.dup2(source, _LISTEN_FD)
            environment |= {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())}
        # Whatever else this copy holds (control socket, lock, signal pipe) is not the command's.
        os.closerange(_LISTEN_FD + (source >= 0), os.sysconf("SC_OPEN_MAX"))
        os.execvpe(command[0], list(command), environment)  # noqa: S606 -- no shell is the point
    except OSError as error:
        os.write(2, f"cannot start {command[0]}: {error}\n".encode())
    finally:
        os._exit(127)
