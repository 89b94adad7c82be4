"""Writes an image's raw bytes to a disk, but keeps its first and its last MiB back until they are released.

The first MiB carries boot code and partition table, the last may carry the table's backup, from which firmware
would restore it: a disk without both is not bootable, whatever else is on it.
"""

from __future__ import annotations

import mmap
import os
import threading
from collections.abc import Callable, Iterator

from rackwright_agent.failures import MachineFailed, Stopped

HELD_BYTES = 1 << 20
BLOCK_BYTES = 4 << 20
RUN_BYTES = 64 * 1024
_ZEROS = bytes(RUN_BYTES)


def spans(offset: int, length: int, total: int) -> Iterator[tuple[int, int, bool]]:
    """Cuts a block of the stream at the borders of what is held back: (start, end, held)."""
    borders = sorted({min(HELD_BYTES, total), max(total - HELD_BYTES, min(HELD_BYTES, total))})
    start, end = offset, offset + length
    for border in (*borders, total):
        if start < min(border, end):
            stop = min(border, end)
            yield start, stop, stop <= HELD_BYTES or start >= total - HELD_BYTES
            start = stop


class HeldBackWriter:
    """`fd` is an open disk or file; `reads_zeros` says that runs of zeros need not be written."""

    def __init__(self, fd: int, total_bytes: int, reads_zeros: bool) -> None:
        self._fd = fd
        self._total = total_bytes
        self._reads_zeros = reads_zeros
        self._held: list[tuple[int, bytes]] = []
        # O_DIRECT wants memory aligned to pages, which an anonymous mapping is.
        self._buffer = mmap.mmap(-1, BLOCK_BYTES)
        self.received = 0
        self.written = 0

    def copy_from(self, source: int, stop: threading.Event, reached: Callable[[int], None]) -> None:
        """Takes everything from a pipe; never writes past `total_bytes`, and raises when more comes."""
        while length := self._fill(source, stop):
            if self.received + length > self._total:
                raise MachineFailed(f"the image unpacks to more than the {self._total} bytes it should have")
            for start, end, held in spans(self.received, length, self._total):
                view_from, view_to = start - self.received, end - self.received
                if held:
                    self._held.append((start, self._buffer[view_from:view_to]))
                else:
                    self._write(start, view_from, view_to)
            self.received += length
            reached(self.received)

    def release(self) -> None:
        """Writes what was held back, the very first bytes last; the caller has verified the digest."""
        if self.received != self._total:
            raise MachineFailed(f"the image unpacked to {self.received} bytes, it should have {self._total}")
        os.fsync(self._fd)
        for offset, data in sorted(self._held, reverse=True):
            self._buffer[: len(data)] = data
            self._write_all(offset, 0, len(data))
            os.fsync(self._fd)

    def first_bytes(self) -> bytes:
        """What the disk must begin with after `release`."""
        return b"".join(data for offset, data in sorted(self._held) if offset < HELD_BYTES)[:HELD_BYTES]

    def _fill(self, source: int, stop: threading.Event) -> int:
        filled = 0
        view = memoryview(self._buffer)
        try:
            while filled < BLOCK_BYTES:
                if stop.is_set():
                    raise Stopped("stopped by the server")
                count = os.readv(source, [view[filled:]])
                if not count:
                    break
                filled += count
        finally:
            view.release()
        return filled

    def _write(self, offset: int, view_from: int, view_to: int) -> None:
        """Writes runs that are not zero, each as long as possible; all of it where zeros are not certain."""
        if not self._reads_zeros:
            self._write_all(offset, view_from, view_to)
            return
        begin = view_from
        for at in range(view_from, view_to, RUN_BYTES):
            end = min(at + RUN_BYTES, view_to)
            if self._buffer[at:end] == _ZEROS[: end - at]:
                self._write_all(offset + begin - view_from, begin, at)
                begin = end
        self._write_all(offset + begin - view_from, begin, view_to)

    def _write_all(self, offset: int, view_from: int, view_to: int) -> None:
        view = memoryview(self._buffer)
        try:
            while view_from < view_to:
                count = os.pwrite(self._fd, view[view_from:view_to], offset)
                offset, view_from = offset + count, view_from + count
                self.written += count
        finally:
            view.release()
