"""What is in git, as the rules look at it: paths relative to the checkout, without those that are gone or links."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


@cache
def tracked() -> tuple[Path, ...]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, timeout=30).stdout
    paths = (Path(name) for name in listed.decode().split("\0") if name)
    return tuple(path for path in paths if (ROOT / path).is_file() and not (ROOT / path).is_symlink())


def python_files() -> tuple[Path, ...]:
    return tuple(path for path in tracked() if path.suffix == ".py")


def text_of(path: Path) -> str | None:
    """None for what is no text."""
    try:
        return (ROOT / path).read_text()
    except UnicodeDecodeError:
        return None
