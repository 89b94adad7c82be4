"""Picks the kernel and its modules: Debian's by pattern, or the operator's own, whole."""

import shutil
from fnmatch import fnmatchcase
from pathlib import Path

from ramos.builder.command import run
from ramos.builder.places import Places, listed
from ramos.builder.problem import BuildProblem

MODULES = "usr/lib/modules"
# What modprobe reads; the rest of depmod's files are for people and for udev.
INDEXES = (
    "modules.alias.bin",
    "modules.builtin.alias.bin",
    "modules.builtin.bin",
    "modules.dep.bin",
    "modules.softdep",
    "modules.symbols.bin",
)
# Loaded by hand in the initramfs, before the image with the others is there.
EARLY = ("loop", "squashfs", "overlay")


def pick_kernel(tree: Path, places: Places, picked: Path) -> tuple[str, Path]:
    """Puts the modules into `picked`; gives the kernel's version and its file."""
    own = places.additions / "kernel"
    if (own / "vmlinuz").exists():
        version = _only_version(own / "modules")
        shutil.copytree(own / "modules" / version, picked / MODULES / version, symlinks=True)
        kernel = own / "vmlinuz"
    else:
        version = _only_version(tree / MODULES)
        patterns = listed(places.contents / "modules")
        patterns += listed(places.additions / "modules" / "patterns")
        _pick_modules(tree, version, patterns, picked)
        kernel = tree / "boot" / f"vmlinuz-{version}"
    _add_own_modules(places.additions / "modules", picked / MODULES / version)
    run("depmod", "-b", picked, version)
    _drop_unread_indexes(picked / MODULES / version)
    return version, kernel


def early_modules(picked: Path, version: str) -> list[Path]:
    """The files of the modules that mount the image, in loading order, if not built in."""
    root = picked / MODULES / version
    found = [list(root.rglob(f"{name}.ko*")) for name in EARLY]
    return [files[0] for files in found if files]


def _only_version(modules: Path) -> str:
    versions = [path.name for path in modules.iterdir()] if modules.is_dir() else []
    if len(versions) != 1:
        raise BuildProblem(f"{modules} must hold exactly one kernel version, it has {versions}")
    return versions[0]


def _pick_modules(tree: Path, version: str, patterns: list[str], picked: Path) -> None:
    source, target = tree / MODULES / version, picked / MODULES / version
    run("depmod", "-b", tree, version)
    listing = (source / "modules.dep").read_text()
    needs = {line.partition(":")[0]: line.partition(":")[2].split() for line in listing.splitlines()}
    wanted = {m for m in needs if any(fnmatchcase(m, f"kernel/{p}") for p in patterns)}
    # modules.dep already lists the dependencies of dependencies
    for module in sorted(wanted.union(*(needs[m] for m in wanted))):
        (target / module).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source / module, target / module)
    for name in ("modules.builtin", "modules.builtin.modinfo", "modules.order"):
        shutil.copy2(source / name, target / name)


def _add_own_modules(own: Path, target: Path) -> None:
    for module in sorted(own.glob("*.ko*")):
        (target / "updates").mkdir(parents=True, exist_ok=True)
        shutil.copy2(module, target / "updates" / module.name)


def _drop_unread_indexes(root: Path) -> None:
    for path in root.glob("modules.*"):
        if path.name not in INDEXES:
            path.unlink()
