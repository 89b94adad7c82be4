"""Which shared libraries the kept programs load: asked of the tree's own loader."""

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

from ramos.builder.problem import BuildProblem

LOADER = "usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"
_ELF = b"\x7fELF"
_LOADED = re.compile(r"^\t(?:\S+ => )?(/\S+) \(0x", re.MULTILINE)
_MISSING = re.compile(r"^\t(\S+) => not found", re.MULTILINE)


def libraries_of(tree: Path, files: Iterable[str]) -> set[str]:
    """Paths below `tree` of every library the ELF files among `files` load, links followed."""
    found: set[str] = set()
    for file in files:
        if (tree / file).is_file() and _is_elf(tree / file):
            found.update(_loaded_by(tree, file))
    return found


def _is_elf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == _ELF


def _loaded_by(tree: Path, file: str) -> set[str]:
    """A static program answers with an error and loads nothing."""
    said = subprocess.run(
        ["chroot", str(tree), f"/{LOADER}", "--list", f"/{file}"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    missing = _MISSING.findall(said)
    if missing:
        raise BuildProblem(f"{file} needs {', '.join(missing)}, which no package brings")
    return {_merged(path) for path in _LOADED.findall(said)}


def _merged(path: str) -> str:
    """/lib and /lib64 are links into /usr: one name for one file."""
    relative = path.lstrip("/")
    return relative if relative.startswith("usr/") else f"usr/{relative}"
