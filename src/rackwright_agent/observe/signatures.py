"""What low-level probing says of one device: blkid's answer as parts. Opens no device, judges nothing.

It reads blkid's output for udev, the only one that tells labels without loss and names every signature of a device
that has several (`ID_FS_AMBIVALENT`, which blkid itself ends with status 8 for).
"""

from __future__ import annotations

import re

from rackwright_wire.facts import Part

COMMAND = ("blkid", "-p", "-o", "udev")
STATUSES = (0, 2, 8)  # something, nothing, several that contradict one another
LONGEST_LABEL = 64
LONGEST_TYPE = 32
_MOST_SEVERAL = 8
_ESCAPE = re.compile(rb"\\x([0-9a-f]{2})")
_SWAP = frozenset(("swap", "swsuspend"))
_KINDS = {"filesystem": "filesystem", "raid": "raid", "crypto": "luks"}


def parts(answer: str, number: int, size_bytes: int) -> tuple[Part, ...]:
    """The table and the signatures on one device, `number` its partition's or 0 for the disk; none when blkid
    knows nothing of what is there."""
    said = {name: value for name, _, value in (line.partition("=") for line in answer.splitlines())}
    label = _plain(said.get("ID_FS_LABEL_ENC", "")) or _plain(said.get("ID_PART_ENTRY_NAME", ""))
    found: list[Part] = []
    if table := said.get("ID_PART_TABLE_TYPE"):
        found.append(Part(number, "table", bounded(table, LONGEST_TYPE), "", size_bytes))
    if several := said.get("ID_FS_AMBIVALENT"):
        for word in several.split()[:_MOST_SEVERAL]:
            usage, _, name = word.partition(":")
            found.append(_part(number, usage, name.partition(":")[0], "", size_bytes))
    elif name := said.get("ID_FS_TYPE"):
        found.append(_part(number, said.get("ID_FS_USAGE", ""), name, label, size_bytes))
    return tuple(found)


def bounded(text: str, longest: int) -> str:
    """One line that any message and any database takes."""
    return "".join(c for c in text[:longest] if c.isprintable()).strip()


def _part(number: int, usage: str, name: str, label: str, size_bytes: int) -> Part:
    kind = _KINDS.get(usage, "data")
    if name.startswith("LVM"):
        kind = "lvm"
    elif name in _SWAP:
        kind = "swap"
    return Part(number, kind, bounded(name, LONGEST_TYPE), bounded(label, LONGEST_LABEL), size_bytes)


def _plain(escaped: str) -> str:
    data = _ESCAPE.sub(lambda match: bytes([int(match[1], 16)]), escaped.encode())
    return data.decode("utf-8", "replace")
