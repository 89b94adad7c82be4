"""Picks Python's standard library and compiles it, since starting Python is slow."""

import shutil
import subprocess
from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path

from ramos.builder.problem import BuildProblem

LIBRARY = "usr/lib/python3.11"
_COMPILER = f"""
import compileall, py_compile, sys
sys.exit(not compileall.compile_dir(
    "/compile", stripdir="/compile", prependdir="/{LIBRARY}", quiet=1, legacy=True,
    invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
))
"""


def pick_python(tree: Path, left_out: Iterable[str], picked: Path) -> list[str]:
    """Copies the library as byte code and gives the paths of its compiled extensions.

    Without sources: half the size, and the import looks at one file instead
    of two. Byte code is unchecked, so no time stamp has to match.
    """
    source = tree / LIBRARY
    if not source.is_dir():
        raise BuildProblem(f"{LIBRARY} is not in the packages: is the suite still bookworm?")
    patterns = tuple(left_out)
    for path in sorted(source.rglob("*")):
        relative = str(path.relative_to(source))
        if path.is_file() and not _matches(relative, patterns):
            target = picked / LIBRARY / relative
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target)
    _compile(tree, picked)
    return [f"{LIBRARY}/{p.relative_to(picked / LIBRARY)}" for p in (picked / LIBRARY).rglob("*.so")]


def _matches(relative: str, patterns: tuple[str, ...]) -> bool:
    if "__pycache__" in relative:
        return True
    return any(fnmatch(relative, p) or fnmatch(relative, f"{p}/*") for p in patterns)


def _compile(tree: Path, picked: Path) -> None:
    """Runs the image's own Python, found in `tree` where its libraries are complete."""
    staged = tree / "compile"
    shutil.rmtree(staged, ignore_errors=True)
    shutil.copytree(picked / LIBRARY, staged)
    done = subprocess.run(
        ["chroot", str(tree), "/usr/bin/python3.11", "-I", "-S", "-c", _COMPILER],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise BuildProblem(f"compiling Python's library failed:\n{done.stdout}{done.stderr}")
    for source in staged.rglob("*.py"):
        source.unlink()
    shutil.rmtree(picked / LIBRARY)
    shutil.move(str(staged), picked / LIBRARY)
