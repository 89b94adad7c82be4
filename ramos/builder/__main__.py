"""`ramos/build`: makes kernel, initramfs, local loader and manifest; reads as its steps."""

import argparse
import fcntl
import json
import os
import shutil
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from ramos.builder import agent_layer, localboot, manifest
from ramos.builder.apt import candidates
from ramos.builder.base import Base, Compression, prepare
from ramos.builder.places import REPOSITORY, Places, listed
from ramos.builder.problem import BuildProblem


def main() -> int:
    """Exit status: 0 built, 1 something to fix, said on standard error, 130 interrupted."""
    asked = _arguments()
    places = Places(output=asked.output.resolve(), cache=asked.cache.resolve())
    started = time.monotonic()
    try:
        if os.geteuid() != 0:
            raise BuildProblem("run as root: unpacking Debian packages needs it")
        with _alone(places.cache):
            total = build(places, Compression(asked.level, asked.block), asked.any_size)
    except BuildProblem as problem:
        print(f"ramos/build: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130  # What was half made is made anew by the next build.
    print(f"RAM OS in {places.output}: {total / 1e6:.1f} MB over the network, {time.monotonic() - started:.1f} s")
    return 0


def build(places: Places, compression: Compression, any_size: bool) -> int:
    """Everything into `places.output`; gives the bytes a machine fetches."""
    versions = candidates(listed(places.contents / "packages"), places.cache)
    base = prepare(places, versions, compression)
    loader = localboot.prepare(places)
    places.output.mkdir(parents=True, exist_ok=True)
    agent = places.cache / "agent.cpio"
    agent_layer.write(places, agent)
    _install(base.kernel, places.output / "vmlinuz")
    _install(loader, places.output / "localboot.efi")
    _join(base, agent, places.output / "initrd.img")
    facts: dict[str, object] = json.loads(base.facts.read_text())
    names = ["vmlinuz", "initrd.img", "localboot.efi"]
    described = manifest.describe(places.output, names, facts, agent.stat().st_size)
    _write(places.output / "manifest.json", json.dumps(described, indent=1) + "\n")
    total = sum((places.output / name).stat().st_size for name in names[:2])
    if not any_size:
        manifest.require_small(total)
    return total


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="ramos/build", description=__doc__)
    parser.add_argument("--output", type=Path, default=REPOSITORY / "dist/ramos-amd64")
    parser.add_argument("--cache", type=Path, default=REPOSITORY / ".cache/ramos")
    parser.add_argument("--level", type=int, default=15, help="zstd level of the image")
    parser.add_argument("--block", type=int, default=128, help="squashfs block size in KiB")
    parser.add_argument("--any-size", action="store_true", help="do not refuse above 60 MB")
    return parser.parse_args()


@contextmanager
def _alone(cache: Path) -> Generator[None]:
    """Two builds at once would delete each other's trees."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _join(base: Base, agent: Path, target: Path) -> None:
    """The kernel unpacks archives one after another, each from a multiple of four."""
    partial = target.with_name(target.name + ".partial")
    with partial.open("wb") as out:
        for part in (base.image, base.early, agent):
            with part.open("rb") as source:
                shutil.copyfileobj(source, out, 1 << 20)
            out.write(b"\0" * (-out.tell() % 4))
    partial.replace(target)


def _install(source: Path, target: Path) -> None:
    """Replaced whole, since a server may be sending the old file."""
    partial = target.with_name(target.name + ".partial")
    shutil.copyfile(source, partial)
    partial.replace(target)


def _write(target: Path, text: str) -> None:
    partial = target.with_name(target.name + ".partial")
    partial.write_text(text)
    partial.replace(target)


if __name__ == "__main__":
    sys.exit(main())
