"""How many bytes a zstd file unpacks to, by its frame headers (RFC 8878), without unpacking it.

The walk over the blocks also finds a file that was cut off."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from rackwright.values.errors import OperatorMustFix

_MAGIC = 0xFD2FB528
_SKIPPABLE = range(0x184D2A50, 0x184D2A60)
_DICTIONARY_ID_BYTES = (0, 1, 2, 4)


def content_bytes(path: Path) -> int | None:
    """The sum over all frames; None when a frame does not say its size (zstd reading from a pipe).

    Raises OperatorMustFix when the file is no zstd file or ends too early."""
    total: int | None = 0
    frames = 0
    with path.open("rb") as file:
        while head := file.read(4):
            magic = int.from_bytes(head, "little")
            if magic == _MAGIC:
                size = _frame(file)
                total = None if total is None or size is None else total + size
                frames += 1
            elif magic in _SKIPPABLE:
                _skip(file, int.from_bytes(_read(file, 4), "little"))
            else:
                raise OperatorMustFix("image_not_zstd")
    if not frames:
        raise OperatorMustFix("image_not_zstd")
    return total


def _frame(file: BinaryIO) -> int | None:
    """Reads one frame after its magic number and leaves the file behind it. Its content size, if told."""
    descriptor = _read(file, 1)[0]
    size = _content_size(file, descriptor)
    _skip_blocks(file)
    if descriptor & 0x04:
        _skip(file, 4)  # checksum of the content
    return size


def _content_size(file: BinaryIO, descriptor: int) -> int | None:
    """The rest of the frame header (RFC 8878, 3.1.1.1)."""
    single_segment = bool(descriptor & 0x20)
    if not single_segment:
        _read(file, 1)  # window descriptor
    _read(file, _DICTIONARY_ID_BYTES[descriptor & 3])
    match descriptor >> 6:
        case 0:
            return _read(file, 1)[0] if single_segment else None
        case 1:
            return int.from_bytes(_read(file, 2), "little") + 256
        case 2:
            return int.from_bytes(_read(file, 4), "little")
        case _:
            return int.from_bytes(_read(file, 8), "little")


def _skip_blocks(file: BinaryIO) -> None:
    while True:
        header = int.from_bytes(_read(file, 3), "little")
        run_length = header >> 1 & 3 == 1  # an RLE block stores one byte, whatever its size
        _skip(file, 1 if run_length else header >> 3)
        if header & 1:
            return


def _read(file: BinaryIO, count: int) -> bytes:
    piece = file.read(count)
    if len(piece) != count:
        raise OperatorMustFix("image_cut_off")
    return piece


def _skip(file: BinaryIO, count: int) -> None:
    """Seeks, but never past the end: the last skipped byte must be there."""
    if count:
        file.seek(count - 1, 1)
        _read(file, 1)
