"""Who holds a lease: a process of this host by its number. One that is gone gives back what it held at once."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from pathlib import Path


def holder_of(pid: int) -> str:
    """Unique among hosts and containers: a process number means something only in its own namespace."""
    return f"{_here()}:{pid}"


def gone(holders: Iterable[str]) -> list[str]:
    """Those that were processes here and are not any more. A number that was given to another process since looks
    alive: its lease runs out by itself."""
    mine = [(holder, holder.removeprefix(f"{_here()}:")) for holder in holders if holder.startswith(f"{_here()}:")]
    return [holder for holder, pid in mine if pid.isdigit() and not Path(f"/proc/{pid}").exists()]


def _here() -> str:
    return f"{socket.gethostname()}:{Path('/proc/self/ns/pid').stat().st_ino}"
