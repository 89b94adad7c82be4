"""A rack's run directory: its paths, the lock that says its rack lives, and the sweep of dead ones.

Only a directory with this module's lock file is ever removed.
"""

import fcntl
import os
import shutil
from pathlib import Path

from .qemu import MachineFiles

_LOCK = "virtualrack.lock"


class RunDirError(Exception):
    """The directory is another living rack's, or holds something that is not ours."""


class RunDir:
    """The paths below one run directory."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def control_socket(self) -> Path:
        """Exists from the moment the rack is up."""
        return self.path / "control.sock"

    @property
    def server_log(self) -> Path:
        """Standard output and error of every start of the server."""
        return self.path / "server.log"

    @property
    def rack_log(self) -> Path:
        """What the rack itself prints, where a program started it."""
        return self.path / "rack.log"

    @property
    def pid(self) -> Path:
        """The process id, on the host, of the rack's first process."""
        return self.path / "pid"

    def machine(self, name: str) -> MachineFiles:
        return MachineFiles(self.path / "machines" / name)

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)


def claim(path: Path) -> int:
    """Make `path` a new rack's directory, after sweeping it and its dead siblings.

    Returns the descriptor that holds the lock: while any process keeps it open the rack counts as alive.
    """
    parent = path.parent
    parent.mkdir(parents=True, exist_ok=True)
    for sibling in parent.iterdir():
        _sweep(sibling)
    try:
        path.mkdir()
    except FileExistsError:
        whose = "a rack that is running" if (path / _LOCK).exists() else "something else; choose another or remove it"
        raise RunDirError(f"{path} belongs to {whose}") from None
    descriptor = os.open(path / _LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    (path / "machines").mkdir()
    return descriptor


def keep_logs(run_dir: RunDir, destination: Path) -> None:
    """Copy every log, console and event file to `destination`, which need not exist."""
    for source in run_dir.path.rglob("*"):
        if source.suffix in (".log", ".jsonl"):
            target = destination / source.relative_to(run_dir.path)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)


def _sweep(path: Path) -> None:
    try:
        descriptor = os.open(path / _LOCK, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    else:
        shutil.rmtree(path, ignore_errors=True)
    finally:
        os.close(descriptor)
