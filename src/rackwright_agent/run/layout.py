"""Puts a partition table on the disk, grows the last file system, and gives every part a name of its own."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from rackwright_agent.failures import MachineFailed
from rackwright_agent.plan import filesystem, gpt, guid
from rackwright_agent.plan.filesystem import Kind
from rackwright_agent.run import blockdevice
from rackwright_agent.run.job import Job
from rackwright_agent.run.mounts import mounted
from rackwright_wire.facts import Disk

_FSCK_TIMEOUT_S = 1800
_HEAD_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the installed system lies on the disk; the root partition is the last one. `esp` is "" without one."""

    table: gpt.Table
    root: str
    esp: str


@dataclass(frozen=True, slots=True)
class Names:
    """What firmware and GRUB find the system by."""

    layout: Layout
    root_uuid: str
    esp_volume_id: str


def grow(job: Job, disk: Disk) -> Layout:
    """Moves the backup table to the disk's end and lets the last partition and its file system fill the disk."""
    image = gpt.parse(_read(disk.device, 0, _HEAD_BYTES), disk.logical_sector_bytes)
    layout = _put(job, disk, gpt.grown(image, disk.size_bytes // disk.logical_sector_bytes))
    match filesystem.kind(_read(layout.root, 0, filesystem.PROBE_BYTES)):
        case Kind.EXT:
            # 1: it had something to repair and did; resize2fs refuses an unchecked file system.
            job.commands.run(["e2fsck", "-f", "-y", layout.root], _FSCK_TIMEOUT_S, allowed=(0, 1))
            job.commands.run(["resize2fs", layout.root], _FSCK_TIMEOUT_S)
        case Kind.XFS:
            with mounted(job.commands, layout.root, job.mount_point, "xfs"):
                job.commands.run(["xfs_growfs", str(job.mount_point)], _FSCK_TIMEOUT_S)
        case Kind.FAT | Kind.OTHER:
            raise MachineFailed(f"the image's last partition ({layout.root}) is neither ext4 nor XFS")
    return layout


def rename(job: Job, disk: Disk, layout: Layout) -> Names:
    """New GUIDs for disk and partitions, a new UUID for the root file system, a new volume id for the ESP."""
    fresh = _put(job, disk, gpt.with_new_guids(layout.table, _random_guid))
    root_uuid = _random_guid()
    if filesystem.kind(_read(fresh.root, 0, filesystem.PROBE_BYTES)) is Kind.XFS:
        job.commands.run(["xfs_db", "-x", "-p", "xfs_admin", "-c", f"uuid {root_uuid}", fresh.root], 300)
    else:
        job.commands.run(["tune2fs", "-f", "-U", root_uuid, fresh.root], _FSCK_TIMEOUT_S)
    blockdevice.flush(fresh.root)
    if filesystem.uuid(_read(fresh.root, 0, filesystem.PROBE_BYTES)) != root_uuid:
        raise MachineFailed(f"{fresh.root} did not take its new UUID")
    volume_id = _new_volume_id(fresh.esp, disk.logical_sector_bytes, os.urandom) if fresh.esp else ""
    return Names(fresh, root_uuid, volume_id)


def _put(job: Job, disk: Disk, table: gpt.Table) -> Layout:
    fd = os.open(disk.device, os.O_RDWR | os.O_CLOEXEC)
    try:
        for offset, data in gpt.rendered(table):
            if os.pwrite(fd, data, offset) != len(data):
                raise MachineFailed(f"{disk.device} took only part of its partition table")
            os.fsync(fd)
    finally:
        os.close(fd)
    size = table.sector_bytes
    spans = tuple((p.number, p.first_sector * size, p.sectors * size) for p in table.partitions)
    blockdevice.set_partitions(disk.device, job.sys_root, spans)
    esp = table.of_kind(guid.ESP)
    layout = Layout(
        table,
        blockdevice.partition_node(disk.device, table.last().number),
        blockdevice.partition_node(disk.device, esp.number) if esp else "",
    )
    for node in (layout.root, layout.esp):
        if node:
            blockdevice.wait_for_node(node)
    return layout


def _new_volume_id(esp: str, sector_bytes: int, random: Callable[[int], bytes]) -> str:
    """Written in place: four bytes in each boot sector, which every FAT tool does the same way."""
    places = filesystem.volume_id_places(_read(esp, 0, filesystem.PROBE_BYTES), sector_bytes)
    raw = random(4)
    fd = os.open(esp, os.O_RDWR | os.O_CLOEXEC)
    try:
        for offset in places.offsets:
            os.pwrite(fd, raw, offset)
        os.fsync(fd)
    finally:
        os.close(fd)
    blockdevice.flush(esp)
    if _read(esp, places.offsets[0], 4) != raw:
        raise MachineFailed(f"{esp} did not take its new volume id")
    return filesystem.volume_id_text(raw)


def _random_guid() -> str:
    return guid.from_random(os.urandom(16))


def _read(device: str, offset: int, length: int) -> bytes:
    fd = os.open(device, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.pread(fd, length, offset)
    finally:
        os.close(fd)
