"""One block device by the kernel's own calls: read-only or not, zeroing, discarding, telling the kernel its partitions."""

from __future__ import annotations

import errno
import fcntl
import os
import struct
import threading
import time
from array import array
from pathlib import Path

from rackwright_agent.failures import MachineFailed, Stopped
from rackwright_agent.observe.partitions import partitions

# include/uapi/linux/fs.h; the same on x86 and ARM
_BLKROSET, _BLKROGET, _BLKFLSBUF = 0x125D, 0x125E, 0x1261
_BLKPG, _BLKDISCARD, _BLKZEROOUT = 0x1269, 0x1277, 0x127F
_ADD, _DELETE = 1, 2
_BUSY_TRIES = 20

_AT_ONCE = 1 << 30  # one call cannot be interrupted, so a large disk is treated in pieces
_NODE_WAIT_S = 20.0


def set_read_only(device: str, read_only: bool) -> None:
    """Sets the kernel's flag and reads it back; raises MachineFailed when it did not take."""
    try:
        fd = os.open(device, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            fcntl.ioctl(fd, _BLKROSET, struct.pack("i", int(read_only)))
            is_set = struct.unpack("i", fcntl.ioctl(fd, _BLKROGET, struct.pack("i", 0)))[0]
        finally:
            os.close(fd)
    except OSError as error:
        raise MachineFailed(f"{device} cannot be made {_word(read_only)}: {error.strerror}") from error
    if bool(is_set) != read_only:
        raise MachineFailed(f"{device} did not become {_word(read_only)}")


def zero_out(fd: int, start: int, length: int, stop: threading.Event) -> None:
    """Afterwards the range reads zeros: the kernel promises it. Raises OSError where the device refuses."""
    _in_pieces(fd, _BLKZEROOUT, start, length, stop)


def discard(fd: int, start: int, length: int, stop: threading.Event) -> None:
    """Tells the device that the range is not needed; promises nothing about what it reads then."""
    _in_pieces(fd, _BLKDISCARD, start, length, stop)


def flush(device: str) -> None:
    """Writes out and forgets what the kernel holds of the device, so that the next read comes from the disk."""
    fd = os.open(device, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.ioctl(fd, _BLKFLSBUF, 0)
    finally:
        os.close(fd)


def set_partitions(device: str, sys_root: Path, wanted: tuple[tuple[int, int, int], ...]) -> None:
    """Tells the kernel (number, first byte, length) of each partition, in the place of those it knew.

    Not BLKRRPART: that depends on the kernel's own parser and silently leaves what it does not understand.
    """
    fd = os.open(device, os.O_RDONLY | os.O_CLOEXEC)
    try:
        for old in partitions(sys_root, device):
            _partition_call(fd, _DELETE, (old.number, 0, 0))
        for partition in wanted:
            _partition_call(fd, _ADD, partition)
    except OSError as error:
        raise MachineFailed(f"the kernel does not take the new partitions of {device}: {error.strerror}") from error
    finally:
        os.close(fd)


def _partition_call(fd: int, operation: int, partition: tuple[int, int, int]) -> None:
    """include/uapi/linux/blkpg.h: struct blkpg_ioctl_arg points to a struct blkpg_partition."""
    number, start, length = partition
    data = array("B", struct.pack("qqi64s64s4x", start, length, number, b"", b""))
    argument = struct.pack("iiiP", operation, 0, len(data), data.buffer_info()[0])
    for attempt in range(_BUSY_TRIES):
        try:
            fcntl.ioctl(fd, _BLKPG, argument)
            return
        except OSError as error:
            # A tool that has just ended may still hold the partition for a moment.
            if error.errno != errno.EBUSY or attempt == _BUSY_TRIES - 1:
                raise
            time.sleep(0.25)


def partition_node(device: str, number: int) -> str:
    """`/dev/vda3`, `/dev/nvme0n1p3`: a name that ends in a digit gets a `p`."""
    return f"{device}{'p' if device[-1].isdigit() else ''}{number}"


def wait_for_node(node: str) -> None:
    """No udev runs here: devtmpfs makes the node a moment after the kernel has seen the partition."""
    deadline = time.monotonic() + _NODE_WAIT_S
    while not Path(node).exists():
        if time.monotonic() > deadline:
            raise MachineFailed(f"{node} did not appear after the partitions were read again")
        time.sleep(0.05)


def _in_pieces(fd: int, call: int, start: int, length: int, stop: threading.Event) -> None:
    end = start + length
    while start < end:
        if stop.is_set():
            raise Stopped("stopped by the server")
        piece = min(_AT_ONCE, end - start)
        fcntl.ioctl(fd, call, struct.pack("QQ", start, piece))
        start += piece


def _word(read_only: bool) -> str:
    return "read-only" if read_only else "writable"
