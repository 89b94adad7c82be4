"""Reads a disk here and there: is anything on it that is not zero? Never reads all of it, never writes."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass

EDGE_BYTES = 1 << 20  # a partition table and its backup, boot code, most signatures
SAMPLE_BYTES = 64 * 1024
PLACES = 64
_STRIDE = 27  # odd, so that it meets all 64 places, and one that is cut short has still been everywhere
_ZEROS = bytes(EDGE_BYTES)


@dataclass(frozen=True, slots=True)
class Samples:
    """`digest` is a sha256 over the places that count and were not zero, and what was read there; empty for none."""

    sampled: int
    filled: int
    digest: str


def take(fd: int, start: int, length: int, deadline: float, edges_count: bool = True) -> Samples:
    """Of the range: its first and last MiB, and 64 samples at even distances between them, until the deadline (by the
    monotonic clock). `edges_count`: False leaves the first and last MiB, which hold identities that differ from
    disk to disk, out of the digest. A place that cannot be read is not counted."""
    sampled = filled = hashed = 0
    digest = hashlib.sha256()
    for number, (offset, size) in enumerate(_places(length)):
        if time.monotonic() > deadline:
            break
        try:
            data = os.pread(fd, size, start + offset)
        except OSError:
            continue
        if not data:
            continue
        sampled += 1
        if data != _ZEROS[: len(data)]:
            filled += 1
            if edges_count or number > 1:
                hashed += 1
                digest.update(offset.to_bytes(8, "big") + data)
    return Samples(sampled, filled, digest.hexdigest() if hashed else "")


def _places(length: int) -> Iterator[tuple[int, int]]:
    """(offset, size), the two edges first."""
    edge = min(EDGE_BYTES, length)
    yield 0, edge
    yield max(edge, length - EDGE_BYTES), min(EDGE_BYTES, length - edge)
    room = length - 2 * EDGE_BYTES - SAMPLE_BYTES
    if room < 0:
        return
    for turn in range(PLACES):
        place = turn * _STRIDE % PLACES
        yield EDGE_BYTES + room * place // (PLACES - 1) // 4096 * 4096, SAMPLE_BYTES
