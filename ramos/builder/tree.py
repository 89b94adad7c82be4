"""Picks from the unpacked packages what the image keeps; an allow-list throughout."""

import shutil
import subprocess
from pathlib import Path

from ramos.builder.libraries import libraries_of
from ramos.builder.places import Places, listed
from ramos.builder.problem import BuildProblem
from ramos.builder.python_library import pick_python

EMPTY_DIRECTORIES = (
    *("dev", "mnt", "opt", "proc", "root", "run", "srv", "sys", "tmp"),
    *("usr/bin", "usr/lib/firmware", "usr/lib64", "usr/sbin", "var/lib", "var/log"),
)
MERGED = ("bin", "lib", "lib64", "sbin")


def pick(tree: Path, places: Places, picked: Path) -> None:
    """Fills `picked` with programs, libraries, data and Python from `tree`."""
    for name in EMPTY_DIRECTORIES:
        (picked / name).mkdir(parents=True, exist_ok=True)
    for name in MERGED:
        (picked / name).symlink_to(f"usr/{name}")
    programs = listed(places.contents / "programs")
    for path in [*programs, *listed(places.contents / "data")]:
        copy(tree / path, picked / path)
    python = pick_python(tree, listed(places.contents / "python-left-out"), picked)
    for path in libraries_of(tree, [*programs, *python]):
        copy(tree / path, picked / path)
    for line in listed(places.contents / "links"):
        path, target = line.split()
        _link(picked / path, target)
    _link_applets(tree, picked)


def copy(source: Path, target: Path) -> None:
    """A directory with what is below it, or a file under its own name, links followed."""
    if source.is_symlink() and source.readlink().is_absolute():
        raise BuildProblem(f"{source} points outside the packages: name its target {source.readlink()}")
    if not source.exists():
        raise BuildProblem(f"no package brings {source.name} ({source}): see ramos/contents")
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
    else:
        shutil.copy2(source, target)


def _link(path: Path, target: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


def _link_applets(tree: Path, picked: Path) -> None:
    """Every busybox applet that no kept program provides.

    busybox itself comes from the initramfs at boot, so it is in the image once.
    """
    (picked / "usr/bin/busybox").unlink()
    said = subprocess.run([str(tree / "usr/bin/busybox"), "--list"], capture_output=True, text=True, check=True).stdout
    for applet in said.split():
        names = (picked / "usr/bin" / applet, picked / "usr/sbin" / applet)
        if applet != "busybox" and not any(name.is_symlink() or name.exists() for name in names):
            names[0].symlink_to("busybox")
    (picked / "usr/sbin/init").symlink_to("../bin/busybox")
