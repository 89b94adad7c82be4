"""Reads single attributes of a /sys tree. A missing or unreadable attribute is empty text, never an error."""

from __future__ import annotations

from pathlib import Path


def text(path: Path) -> str:
    """An attribute without surrounding blanks and NUL bytes; bytes that are no UTF-8 become '?'-like marks."""
    try:
        return path.read_bytes().decode("utf-8", "replace").replace("\0", "").strip()
    except OSError:  # EINVAL (carrier of a port that is down) and ENOENT are as common as a value
        return ""


def number(path: Path, default: int = 0) -> int:
    """A decimal attribute."""
    value = text(path)
    return int(value) if value.lstrip("-").isdigit() else default


def link_name(path: Path) -> str:
    """The last part of what a link points to, such as a driver's name."""
    try:
        return path.readlink().name
    except OSError:
        return ""


def names(path: Path) -> list[str]:
    """The entries of a directory, sorted; none when it is missing."""
    try:
        return sorted(entry.name for entry in path.iterdir())
    except OSError:
        return []


def block_name(device: str) -> str:
    """The name in /sys of a block device: `vda1` for `/dev/vda1`, `cciss!c0d0` for `/dev/cciss/c0d0`."""
    return device.removeprefix("/dev/").replace("/", "!")
