"""Whole disks from a /sys tree: who they are and how they are attached. Opens no device.

Left out: loop, RAM, zram, md, device mapper, network and optical devices, eMMC boot areas and what has no medium.
"""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from rackwright_agent.observe import buspath, sysfs
from rackwright_agent.observe.transport import transport
from rackwright_wire.facts import Disk

_WANTED = re.compile(r"^(sd[a-z]+|vd[a-z]+|xvd[a-z]+|nvme\d+n\d+|mmcblk\d+|pmem\d+|cciss!c\d+d\d+)$")
_SECTOR = 512  # /sys/block/*/size always counts these, whatever the disk's sectors are


def read(sys_root: Path) -> tuple[Disk, ...]:
    """All disks with a medium; `slot` counts from 0 along the bus, lowest first."""
    found: list[Disk] = []
    for name in sysfs.names(sys_root / "block"):
        device = sys_root / "block" / name
        if not _WANTED.match(name) or sysfs.number(device / "hidden"):
            continue  # hidden: one path of an NVMe namespace whose head is listed as well
        if sysfs.number(device / "size") > 0:
            found.append(_disk(sys_root, device, name))
    found.sort(key=lambda disk: (buspath.order(disk.path), disk.device))
    return tuple(_with_slot(disk, slot) for slot, disk in enumerate(found))


def _disk(sys_root: Path, device: Path, name: str) -> Disk:
    return Disk(
        device="/dev/" + name.replace("!", "/"),
        path=buspath.of(sys_root, name),
        serial=serial(device),
        wwn=wwn(sysfs.text(device / "wwid") or sysfs.text(device / "device/wwid")),
        size_bytes=sysfs.number(device / "size") * _SECTOR,
        logical_sector_bytes=sysfs.number(device / "queue/logical_block_size", 512),
        physical_sector_bytes=sysfs.number(device / "queue/physical_block_size", 512),
        transport=transport(sys_root, name),
        model=sysfs.text(device / "device/model") or sysfs.text(device / "device/name"),
        rotational=sysfs.number(device / "queue/rotational") == 1,
        read_only=sysfs.number(device / "ro") == 1,
    )


def _with_slot(disk: Disk, slot: int) -> Disk:
    return dataclasses.replace(disk, slot=slot)


def serial(device: Path) -> str:
    """The disk's own serial number: virtio's, NVMe's, SCSI's page 0x80, or the USB device's above it."""
    given = sysfs.text(device / "serial") or sysfs.text(device / "device/serial")
    return given or _page_80(device / "device/vpd_pg80") or _usb_serial((device / "device").resolve())


def _page_80(page: Path) -> str:
    """SPC-4 7.8.16: four bytes of header, its last two the length of an ASCII text."""
    try:
        data = page.read_bytes()
    except OSError:
        return ""
    length = int.from_bytes(data[2:4], "big")
    return data[4 : 4 + length].decode("ascii", "replace").replace("\0", "").strip()


def _usb_serial(where: Path) -> str:
    for parent in where.parents:
        if (parent / "idVendor").exists():
            return sysfs.text(parent / "serial")
    return ""


def wwn(wwid: str) -> str:
    """The kernel's wwid as people write it: `naa.5000…` becomes `0x5000…`; `t10.…` is no world-wide name."""
    if wwid.startswith("naa."):
        return "0x" + wwid[4:].lower()
    return wwid if wwid.startswith(("eui.", "nvme.", "uuid.")) else ""
