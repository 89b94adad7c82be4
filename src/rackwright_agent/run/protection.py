"""Keeps every disk read-only except the one that a granted claim names."""

from __future__ import annotations

from pathlib import Path

from rackwright_agent.failures import MachineFailed
from rackwright_agent.observe import sysfs
from rackwright_agent.observe.partitions import partitions
from rackwright_agent.run import blockdevice

_MEMORY = ("loop", "ram", "zram", "sr", "fd")  # the RAM OS itself lives in these, or they cannot be written


def protect_all(sys_root: Path) -> list[str]:
    """Sets every device read-only; returns a line for each that did not obey."""
    problems: list[str] = []
    for name in sysfs.names(sys_root / "class/block"):
        size = sysfs.number(sys_root / "class/block" / name / "size")
        if size == 0 or name.startswith(_MEMORY) or sysfs.number(sys_root / "class/block" / name / "hidden"):
            continue
        try:
            blockdevice.set_read_only("/dev/" + name.replace("!", "/"), True)
        except MachineFailed as problem:
            problems.append(str(problem))
    return problems


def protect_again(device: str, sys_root: Path) -> list[str]:
    """After an install: the disk it wrote first, then everything that appeared meanwhile."""
    try:
        blockdevice.set_read_only(device, True)
    except MachineFailed as problem:
        return [str(problem), *protect_all(sys_root)]
    return protect_all(sys_root)


def open_for_writing(device: str, others: tuple[str, ...], sys_root: Path) -> None:
    """Makes exactly this disk writable; raises MachineFailed, and leaves it closed, when another one is writable."""
    for other in others:
        if other != device:
            blockdevice.set_read_only(other, True)
    nodes = [device, *(partition.node for partition in partitions(sys_root, device))]
    try:
        for node in nodes:
            blockdevice.set_read_only(node, False)
    except MachineFailed:
        for node in nodes:
            blockdevice.set_read_only(node, True)
        raise
