"""Tells a file system by its first bytes, and where its identity is stored. Never touches a device."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from rackwright_agent.failures import MachineFailed

PROBE_BYTES = 8192


class Kind(enum.Enum):
    EXT = "ext4"
    XFS = "xfs"
    FAT = "vfat"
    OTHER = "unknown"


def kind(head: bytes) -> Kind:
    """By magic numbers: ext at 1080, XFS at 0, FAT by its boot sector's type text."""
    if head[1080:1082] == b"\x53\xef":
        return Kind.EXT
    if head[:4] == b"XFSB":
        return Kind.XFS
    if head[510:512] == b"\x55\xaa" and (head[54:57] == b"FAT" or head[82:87] == b"FAT32"):
        return Kind.FAT
    return Kind.OTHER


def uuid(head: bytes) -> str:
    """The UUID as `root=UUID=` wants it; empty for a file system without one."""
    match kind(head):
        case Kind.EXT:
            raw = head[1024 + 104 : 1024 + 120]
        case Kind.XFS:
            raw = head[32:48]
        case Kind.FAT | Kind.OTHER:
            return ""
    h = raw.hex()
    return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"


@dataclass(frozen=True, slots=True)
class VolumeIdPlaces:
    """Byte offsets, from the start of the partition, of the four bytes of a FAT volume id."""

    offsets: tuple[int, ...]


def volume_id_places(head: bytes, sector_bytes: int) -> VolumeIdPlaces:
    """FAT32 keeps a second boot sector, whose number its first one tells."""
    if kind(head) is not Kind.FAT:
        raise MachineFailed("the image's EFI system partition is no FAT file system")
    if head[82:87] != b"FAT32":
        return VolumeIdPlaces((39,))
    backup = int.from_bytes(head[50:52], "little")
    places = (67,) if backup in (0, 0xFFFF) else (67, backup * sector_bytes + 67)
    return VolumeIdPlaces(places)


def volume_id_text(raw: bytes) -> str:
    """`1A2B-3C4D`, as blkid and GRUB write it."""
    h = raw[::-1].hex().upper()
    return f"{h[:4]}-{h[4:]}"
