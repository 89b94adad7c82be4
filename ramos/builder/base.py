"""The layer that changes rarely: Debian's files, the modules, the busybox that mounts them.

Cached by the content of everything that defines it.
"""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from ramos.builder import cpio, sizes
from ramos.builder.apt import Candidate
from ramos.builder.command import run
from ramos.builder.debian import unpack
from ramos.builder.fingerprint import key_of
from ramos.builder.kernel import early_modules, pick_kernel
from ramos.builder.places import Places, listed
from ramos.builder.tree import copy, pick

# Modules whose change changes the packages' tree, then the picked image.
_UNPACKING = ("debian.py", "apt.py")
_PICKING = ("base.py", "cpio.py", "kernel.py", "libraries.py", "python_library.py", "sizes.py", "tree.py")


@dataclass(frozen=True)
class Compression:
    """zstd's level and the squashfs block size in KiB: size against seconds of building."""

    level: int
    block_kib: int


@dataclass(frozen=True)
class Base:
    """The cached pieces. `facts` is JSON: versions and sizes for the manifest."""

    directory: Path

    @property
    def kernel(self) -> Path:
        return self.directory / "vmlinuz"

    @property
    def image(self) -> Path:
        """An uncompressed cpio with the squashfs: its content is compressed already."""
        return self.directory / "image.cpio"

    @property
    def early(self) -> Path:
        """A zstd cpio: busybox and the three modules that mount the squashfs."""
        return self.directory / "early.cpio.zst"

    @property
    def facts(self) -> Path:
        return self.directory / "facts.json"


def prepare(places: Places, versions: list[Candidate], compression: Compression) -> Base:
    """The base layer from the cache, or built and put there."""
    packages = listed(places.contents / "packages")
    tree_key = key_of(packages, map(str, versions), *_sources(places, _UNPACKING))
    key = key_of(
        tree_key,
        f"{compression.level} {compression.block_kib}",
        places.contents,
        *_additions(places),
        *_sources(places, _PICKING),
    )
    base = Base(places.cache / f"base-{key}")
    if not base.facts.exists():
        tree = places.cache / f"tree-{tree_key}"
        if not tree.exists():
            print("Fetching and unpacking Debian packages ...", flush=True)
            _forget_others(places.cache, "tree-*")
            unpack(packages, tree)
        _build(tree, places, versions, compression, base)
    return base


def _sources(places: Places, names: tuple[str, ...]) -> list[Path]:
    return [places.ramos / "builder" / name for name in names]


def _additions(places: Places) -> list[Path]:
    return [places.additions / name for name in ("kernel", "firmware", "modules", "tools")]


def _build(tree: Path, places: Places, versions: list[Candidate], compression: Compression, base: Base) -> None:
    print("Picking files, modules and libraries ...", flush=True)
    partial = places.cache / "building"
    shutil.rmtree(partial, ignore_errors=True)
    picked = partial / "picked"
    picked.mkdir(parents=True)
    pick(tree, places, picked)
    version, kernel = pick_kernel(tree, places, picked)
    for name, below in (("firmware", "usr/lib/firmware"), ("tools", ".")):
        if (places.additions / name).is_dir():
            copy(places.additions / name, picked / below)
    run("ldconfig", "-r", picked)
    _write_early(tree, early_modules(picked, version), partial)
    print(f"Compressing (zstd level {compression.level}) ...", flush=True)
    _write_image(picked, compression, partial)
    shutil.copy2(kernel, partial / "vmlinuz")
    facts = {
        "kernel_version": version,
        "packages": {c.name: c.version for c in versions},
        "parts": sizes.by_part(picked),
        "early_bytes": (partial / "early.cpio.zst").stat().st_size,
        "image_bytes": (partial / "image.cpio").stat().st_size,
        "compression": f"zstd {compression.level}, blocks of {compression.block_kib} KiB",
    }
    (partial / "facts.json").write_text(json.dumps(facts, indent=1))
    shutil.rmtree(picked)
    _forget_others(places.cache, "base-*")
    partial.rename(base.directory)


def _write_early(tree: Path, modules: list[Path], target: Path) -> None:
    entries = [
        cpio.file("bin/busybox", tree / "usr/bin/busybox", executable=True),
        *(cpio.file(f"early/{number}-{m.name}", m) for number, m in enumerate(modules)),
    ]
    plain = target / "early.cpio"
    with plain.open("wb") as out:
        cpio.write(entries, out)
    run("zstd", "-q", "-19", "--rm", plain, "-o", target / "early.cpio.zst")


def _write_image(picked: Path, compression: Compression, target: Path) -> None:
    squashfs = target / "image.squashfs"
    options = ("-noappend", "-quiet", "-no-progress", "-all-root", "-no-xattrs", "-all-time", "0")
    run(
        *("mksquashfs", picked, squashfs, *options, "-mkfs-time", "0"),
        *("-b", f"{compression.block_kib}K", "-comp", "zstd"),
        *("-Xcompression-level", str(compression.level)),
    )
    with (target / "image.cpio").open("wb") as out:
        cpio.write([cpio.file("image.squashfs", squashfs)], out)
    squashfs.unlink()


def _forget_others(cache: Path, pattern: str) -> None:
    """One generation is kept: a tree is 700 MB."""
    for old in cache.glob(pattern):
        if old.is_dir():
            shutil.rmtree(old)
