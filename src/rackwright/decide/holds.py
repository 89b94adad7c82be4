"""What a held install asks, and whether a person may answer it for many machines at once."""

from __future__ import annotations

from rackwright.values.install import Install, State

# Questions about what a disk holds: the answer is bound to the disk and to its content, so it may be given for many.
ABOUT_CONTENTS = frozenset({"disk_holds_data", "disk_not_looked_at"})


def approvable(install: Install) -> bool:
    """Only while it is held, nothing was claimed, and the question is about what its disk holds."""
    asked = install.cause.get("key") in ABOUT_CONTENTS and bool(install.cause.get("fingerprint"))
    return install.state is State.HELD and not install.claimed and asked


def question(install: Install) -> str:
    """The same for machines that ask the same: by fingerprint for disks, by the kind of trouble else."""
    key = str(install.cause.get("key", ""))
    return str(install.cause.get("fingerprint") or key) if key in ABOUT_CONTENTS else key or "unknown"


def disk_of(install: Install) -> str:
    """The disk that the question is about, by its own name; empty where it is about none."""
    return str(install.cause.get("serial", "")) if install.cause.get("key") in ABOUT_CONTENTS else ""
