"""The operating system on a file system, by its own files. Mounts only what the kernel already refuses to write,
never replays a journal, runs nothing of it, and unmounts whatever happens."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from rackwright_agent.commands import Commands
from rackwright_agent.failures import AgentError
from rackwright_agent.observe import sysfs
from rackwright_agent.observe.signatures import bounded
from rackwright_agent.tree import Tree
from rackwright_wire.facts import FoundSystem

LONGEST = 200
_MOST_BYTES = 16 * 1024
_PLACE = Path("/run/rackwright/look")
_MOUNT_S, _UNMOUNT_S = 5.0, 10.0
# The driver and how it reads without writing. errors=continue: a file system may ask for a panic in its own header.
# nouuid: XFS refuses a clone of what is mounted.
_EXT = ("ext4", "noload,errors=continue")
_HOW = {
    "ext2": _EXT, "ext3": _EXT, "ext4": _EXT, "xfs": ("xfs", "norecovery,nouuid"),
    "btrfs": ("btrfs", "rescue=nologreplay"),
}  # fmt: skip
MOUNTABLE = frozenset(_HOW)
# A distribution may keep its root in a subvolume that is not the default one.
_ROOTS = {"btrfs": ("", "/@", "/root")}
_RELEASES = ("/etc/redhat-release", "/etc/SuSE-release")


class Systems:
    """One at a time on this machine: two clones mounted at once confuse btrfs."""

    def __init__(self, commands: Commands, sys_root: Path, place: Path = _PLACE) -> None:
        self._commands = commands
        self._sys_root = sys_root
        self._place = place
        self._turn = threading.Lock()

    def find(self, node: str, number: int, kind: str, deadline: float) -> FoundSystem | None:
        """None when there is no system, or none that could be read in time."""
        if not sysfs.number(self._sys_root / "class/block" / sysfs.block_name(node) / "ro"):
            return None
        if not self._turn.acquire(timeout=max(0.0, deadline - time.monotonic())):
            return None
        try:
            return self._look(node, number, kind, deadline)
        except (AgentError, OSError):
            return None
        finally:
            self._turn.release()

    def _look(self, node: str, number: int, kind: str, deadline: float) -> FoundSystem | None:
        driver, options = _HOW[kind]
        self._place.mkdir(parents=True, exist_ok=True, mode=0o700)
        mount = ["mount", "-t", driver, "-o", f"ro,nosuid,nodev,noexec,{options}", node, str(self._place)]
        try:
            self._commands.run(mount, max(0.1, min(_MOUNT_S, deadline - time.monotonic())))
            return read(Tree(self._place), number, _ROOTS.get(kind, ("",)))
        finally:
            if self._place.is_mount():
                self._unmount()

    def _unmount(self) -> None:
        try:
            self._commands.run(["umount", str(self._place)], _UNMOUNT_S)
        except AgentError:
            self._commands.run(["umount", "-l", str(self._place)], _UNMOUNT_S)


def read(tree: Tree, number: int, roots: tuple[str, ...] = ("",)) -> FoundSystem | None:
    """The system whose files lie below one of `roots`, the first that is one."""
    for root in roots:
        os, hostname = _os(tree, root), _hostname(tree, root)
        if os or hostname:
            return FoundSystem(number, bounded(os, LONGEST), bounded(hostname, LONGEST))
    return None


def _os(tree: Tree, root: str) -> str:
    """os-release; in /etc it is mostly a link to the other. Before systemd, each distribution had a file of its own."""
    for path in ("/etc/os-release", "/usr/lib/os-release"):
        said = _assignments(tree.peek(root + path, _MOST_BYTES))
        name = said.get("PRETTY_NAME") or " ".join(said[k] for k in ("NAME", "VERSION") if said.get(k))
        if name:
            return name
    return next((line for path in _RELEASES if (line := _first_line(tree.peek(root + path, _MOST_BYTES)))), "")


def _hostname(tree: Tree, root: str) -> str:
    for path in ("/etc/hostname", "/etc/HOSTNAME"):
        if name := _first_line(tree.peek(root + path, _MOST_BYTES)):
            return name
    return _assignments(tree.peek(root + "/etc/sysconfig/network", _MOST_BYTES)).get("HOSTNAME", "")


def _first_line(text: str) -> str:
    lines = (line.strip() for line in text.splitlines())
    return next((line for line in lines if line and not line.startswith("#")), "")


def _assignments(text: str) -> dict[str, str]:
    """NAME=value lines as a shell reads them, without its escapes."""
    pairs = (line.strip().partition("=") for line in text.splitlines())
    return {name: value.strip().strip("\"'") for name, mark, value in pairs if mark and not name.startswith("#")}
