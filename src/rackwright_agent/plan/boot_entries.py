"""The firmware's boot entries, from efibootmgr's text, and what is to be changed in them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rackwright_agent.failures import MachineFailed

OURS = "Rackwright "


@dataclass(frozen=True, slots=True)
class BootEntry:
    number: str  # four hexadecimal digits, upper case
    label: str
    path: str


@dataclass(frozen=True, slots=True)
class BootEntries:
    next: str
    order: tuple[str, ...]
    entries: tuple[BootEntry, ...]


def parse(text: str) -> BootEntries:
    """Reads `efibootmgr -v`, where a tab parts the label from the device path."""
    following = re.search(r"^BootNext: ([0-9A-Fa-f]{4})", text, re.MULTILINE)
    order = re.search(r"^BootOrder: ([0-9A-Fa-f,]+)", text, re.MULTILINE)
    entries = tuple(
        BootEntry(m[1].upper(), m[2].rstrip(), m[3] or "")
        for m in re.finditer(r"^Boot([0-9A-Fa-f]{4})[* ] ?([^\t\n]*)(?:\t(.*))?$", text, re.MULTILINE)
    )
    return BootEntries(
        following[1].upper() if following else "",
        tuple(order[1].upper().split(",")) if order else (),
        entries,
    )


def stale(found: BootEntries) -> tuple[str, ...]:
    """The numbers of all entries that an install of ours left behind; nobody else's are touched."""
    return tuple(entry.number for entry in found.entries if entry.label.startswith(OURS))


def created(found: BootEntries, label: str) -> str:
    """The number of the entry just made; raises MachineFailed when the firmware did not keep it."""
    numbers = [entry.number for entry in found.entries if entry.label == label]
    if len(numbers) != 1:
        raise MachineFailed(f"the firmware keeps {len(numbers)} boot entries named {label!r} after one was made")
    return numbers[0]


def wanted_order(found: BootEntries, number: str) -> tuple[str, ...]:
    """Ours first, then the rest as it was."""
    return (number, *(other for other in found.order if other != number))


def check(found: BootEntries, number: str, label: str, partition_guid: str) -> None:
    """Compares what was read back with what was written; raises MachineFailed naming the difference."""
    entry = next((e for e in found.entries if e.number == number), None)
    if entry is None or entry.label != label:
        raise MachineFailed(f"the firmware lost the boot entry {label!r}")
    if partition_guid.lower() not in entry.path.lower():
        raise MachineFailed(f"the boot entry {label!r} names another partition: {entry.path}")
    if found.next != number:
        raise MachineFailed(f"BootNext is {found.next or 'not set'}, {number} was written")
    if not found.order or found.order[0] != number:
        raise MachineFailed(f"BootOrder begins with {found.order[:1]}, {number} was written")
