"""Makes a claimed disk empty for its new system: old signatures gone, and known whether it now reads zeros."""

from __future__ import annotations

import mmap
import os
from pathlib import Path

from rackwright_agent.observe import sysfs
from rackwright_agent.observe.partitions import KnownPartition, partitions
from rackwright_agent.run import blockdevice
from rackwright_agent.run.heldback import HELD_BYTES
from rackwright_agent.run.job import Job
from rackwright_wire.facts import Disk

_SAMPLES = 32
_SAMPLE_BYTES = 64 * 1024


def wipe(job: Job, disk: Disk, fd: int) -> bool:
    """Returns True when runs of zeros in the image need not be written. The disk is not bootable afterwards."""
    old = partitions(job.sys_root, disk.device)
    queue = job.sys_root / "class/block" / sysfs.block_name(disk.device) / "queue"
    _discard(job, disk, fd, queue)
    reads_zeros = _zero_image_range(job, disk, fd, queue)
    for start, length in edges(disk.size_bytes, old):
        job.check_stop()
        zero_bytes(fd, start, length)
    os.fsync(fd)
    return reads_zeros


def edges(disk_bytes: int, old: tuple[KnownPartition, ...]) -> list[tuple[int, int]]:
    """Where signatures live: GPT, MBR, LVM and file systems at the start of a disk or partition; the backup
    GPT, md 0.90 and 1.0, DDF and vendor RAID at its end. (first byte, length)"""
    whole = [(0, disk_bytes), *((p.start, p.length) for p in old)]
    found: list[tuple[int, int]] = []
    for start, length in whole:
        edge = min(HELD_BYTES, length)
        found += [(start, edge), (start + length - edge, edge)]
    return [(start, length) for start, length in found if length > 0 and start + length <= disk_bytes]


def zero_bytes(fd: int, start: int, length: int) -> None:
    """Writes zeros; both ends lie on sector borders."""
    with mmap.mmap(-1, HELD_BYTES) as zeros:
        while length:
            view = memoryview(zeros)[: min(length, HELD_BYTES)]
            count = os.pwrite(fd, view, start)
            view.release()
            start, length = start + count, length - count


def _discard(job: Job, disk: Disk, fd: int, queue: Path) -> None:
    """Best effort: a flash disk that knows what is free stays fast. What it reads afterwards is not relied on."""
    if sysfs.number(queue / "discard_max_bytes") == 0:
        return
    try:
        blockdevice.discard(fd, 0, disk.size_bytes, job.stop)
    except OSError as error:
        job.console.say(f"{disk.device} refuses to discard ({error.strerror}); going on without")


def _zero_image_range(job: Job, disk: Disk, fd: int, queue: Path) -> bool:
    """Only where the device zeroes by itself: else the kernel would write the zeros, and then the image again.
    A rotating disk zeroes no faster than it writes; every virtio disk is called rotating, so that says nothing."""
    turns = disk.rotational and disk.transport != "virtio"
    if turns or sysfs.number(queue / "write_zeroes_max_bytes") == 0:
        return False
    try:
        blockdevice.zero_out(fd, 0, job.plan.image.raw_bytes, job.stop)
    except OSError as error:
        job.console.say(f"{disk.device} does not zero ({error.strerror}); every byte will be written")
        return False
    return samples_are_zero(fd, job.plan.image.raw_bytes)


def samples_are_zero(fd: int, length: int) -> bool:
    """Reads back at even distances: some devices report a success that they did not have."""
    step = max(_SAMPLE_BYTES, length // _SAMPLES // _SAMPLE_BYTES * _SAMPLE_BYTES)
    zeros = bytes(_SAMPLE_BYTES)
    with mmap.mmap(-1, _SAMPLE_BYTES) as buffer:
        for offset in range(0, length - _SAMPLE_BYTES + 1, step):
            if os.preadv(fd, [buffer], offset) != _SAMPLE_BYTES or buffer[:] != zeros:
                return False
    return True
