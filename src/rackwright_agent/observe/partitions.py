"""The partitions that the kernel knows on a disk, from a /sys tree. Opens no device."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rackwright_agent.observe import sysfs

_SECTOR = 512  # /sys counts these, whatever the disk's sectors are


@dataclass(frozen=True, slots=True)
class KnownPartition:
    """`start` and `length` in bytes."""

    node: str
    number: int
    start: int
    length: int


def partitions(sys_root: Path, device: str) -> tuple[KnownPartition, ...]:
    """As the kernel knows them now, by their names."""
    name = sysfs.block_name(device)
    found: list[KnownPartition] = []
    for child in sysfs.names(sys_root / "class/block" / name):
        part = sys_root / "class/block" / name / child
        number = sysfs.number(part / "partition")
        if number:
            start, size = sysfs.number(part / "start") * _SECTOR, sysfs.number(part / "size") * _SECTOR
            found.append(KnownPartition("/dev/" + child.replace("!", "/"), number, start, size))
    return tuple(found)
