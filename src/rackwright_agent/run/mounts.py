"""Mounts one file system at a private place, for as long as a step needs it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from rackwright_agent.commands import Commands
from rackwright_agent.failures import AgentError


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


def _give_up(commands: Commands, place: Path) -> None:
    """After a failure or a stop, when `commands` may already refuse; the disk becomes read-only right after."""
    try:
        commands.run(["umount", str(place)], 60)
    except AgentError:
        with suppress(AgentError):
            Commands().run(["umount", "-l", str(place)], 60)
