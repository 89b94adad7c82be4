"""What each part of the image weighs, for the manifest. Measures only."""

import subprocess
from pathlib import Path

# First match wins: the order goes from the particular to the general.
_PARTS = (
    ("modules", "usr/lib/modules/"),
    ("firmware", "usr/lib/firmware/"),
    ("python", "usr/lib/python3.11/"),
    ("python", "usr/bin/python3.11"),
    ("libraries", "usr/lib/"),
    ("binaries", "usr/bin/"),
    ("binaries", "usr/sbin/"),
)


def part_of(path: str) -> str:
    """The part of the image that a file belongs to."""
    return next((part for part, prefix in _PARTS if path.startswith(prefix)), "data")


def by_part(picked: Path) -> dict[str, dict[str, int]]:
    """Bytes of each part, raw and as zstd -3 packs its files one after another.

    The second figure is an estimate for comparing parts: squashfs packs the
    same bytes block by block at its own level.
    """
    members: dict[str, list[Path]] = {}
    for path in sorted(picked.rglob("*")):
        if path.is_file() and not path.is_symlink():
            members.setdefault(part_of(str(path.relative_to(picked))), []).append(path)
    return {
        part: {"files": len(paths), "raw_bytes": _raw(paths), "zstd3_bytes": _packed(paths)}
        for part, paths in sorted(members.items())
    }


def _raw(paths: list[Path]) -> int:
    return sum(path.stat().st_size for path in paths)


def _packed(paths: list[Path]) -> int:
    content = b"".join(path.read_bytes() for path in paths)
    return len(subprocess.run(["zstd", "-3", "-c"], input=content, capture_output=True, check=True).stdout)
