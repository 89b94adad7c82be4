"""Writes cpio archives of the kind the kernel unpacks ("newc").

Deterministic: no times, owners or inode numbers of the build host get in.
"""

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

# The kernel looks for the next archive at a multiple of four.
ALIGNMENT = 4
_TRAILER = "TRAILER!!!"
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Entry:
    """One member: a directory, a link or a file, from memory or from a file."""

    name: str
    mode: int
    content: bytes | Path = b""


def directory(name: str) -> Entry:
    return Entry(name, stat.S_IFDIR | 0o755)


def file(name: str, content: bytes | Path, executable: bool = False) -> Entry:
    return Entry(name, stat.S_IFREG | (0o755 if executable else 0o644), content)


def link(name: str, target: str) -> Entry:
    return Entry(name, stat.S_IFLNK | 0o777, target.encode())


def entries_below(root: Path, prefix: str) -> Iterator[Entry]:
    """Everything below `root` under `prefix`, parents first, byte code of the host left out."""
    for path in sorted(root.rglob("*")):
        name = f"{prefix}/{path.relative_to(root)}"
        if "__pycache__" in path.parts:
            continue
        if path.is_symlink():
            yield link(name, str(path.readlink()))
        elif path.is_dir():
            yield directory(name)
        else:
            yield file(name, path, executable=bool(path.stat().st_mode & 0o100))


def write(entries: list[Entry], out: BinaryIO) -> None:
    """The whole archive, ending on the alignment."""
    for number, entry in enumerate(_with_parents(entries), start=1):
        _write_entry(out, entry, number)
    _write_entry(out, Entry(_TRAILER, 0), 0)


def _with_parents(entries: list[Entry]) -> list[Entry]:
    """The kernel makes no directory that has no entry of its own."""
    known: dict[str, Entry] = {}
    for entry in entries:
        for parent in reversed(Path(entry.name).parents):
            if str(parent) != ".":
                known.setdefault(str(parent), directory(str(parent)))
        known[entry.name] = entry
    return list(known.values())


def _write_entry(out: BinaryIO, entry: Entry, number: int) -> None:
    name = entry.name.encode() + b"\0"
    size = len(entry.content) if isinstance(entry.content, bytes) else entry.content.stat().st_size
    links = 2 if stat.S_ISDIR(entry.mode) else 1
    fields = (number, entry.mode, 0, 0, links, 0, size, 0, 0, 0, 0, len(name), 0)
    header = b"070701" + b"".join(b"%08X" % field for field in fields)
    out.write(header + name + _padding(len(header) + len(name)))
    if isinstance(entry.content, bytes):
        out.write(entry.content)
    else:
        with entry.content.open("rb") as source:
            while chunk := source.read(_CHUNK):
                out.write(chunk)
    out.write(_padding(size))


def _padding(size: int) -> bytes:
    return b"\0" * (-size % ALIGNMENT)
