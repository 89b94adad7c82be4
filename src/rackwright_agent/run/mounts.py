"""Mounts what one step needs at a private place, for as long as it needs it."""

from __future__ import annotations

import os
import stat
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from rackwright_agent.commands import Commands
from rackwright_agent.failures import AgentError, MachineFailed

_DEVICES = {"null": 3, "zero": 5, "random": 8, "urandom": 9}  # minors of major 1, the kernel's memory devices


@contextmanager
def mounted(commands: Commands, device: str, place: Path, kind: str) -> Generator[Path]:
    """Read-write, without device files and set-uid: nothing in an image is trusted with the RAM OS."""
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    commands.run(["mount", "-t", kind, "-o", "rw,nosuid,nodev", device, str(place)], 120)
    try:
        yield place
    except BaseException:
        _give_up(commands, place)
        raise
    # Not lazy: when the step has succeeded, everything must be on the disk before the next one begins.
    commands.run(["umount", str(place)], 300)


@contextmanager
def null_devices(commands: Commands, root: Path) -> Generator[None]:
    """/dev/null and /dev/urandom inside a root mounted without device files, for a program of the image's own."""
    place = root / "dev"
    if place.is_symlink():
        raise MachineFailed("the image's /dev is a symbolic link, which may lead out of it")
    commands.run(["mount", "-t", "tmpfs", "-o", "size=64k,nosuid,noexec,mode=0755", "devices", str(place)], 60)
    try:
        for name, number in _DEVICES.items():
            os.mknod(place / name, 0o666 | stat.S_IFCHR, os.makedev(1, number))
        yield
    finally:
        _give_up(commands, place)


def _give_up(commands: Commands, place: Path) -> None:
    """After a failure or a stop, when `commands` may already refuse; the disk becomes read-only right after."""
    try:
        commands.run(["umount", str(place)], 60)
    except AgentError:
        with suppress(AgentError):
            Commands().run(["umount", "-l", str(place)], 60)
