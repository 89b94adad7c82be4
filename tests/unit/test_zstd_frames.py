"""The unpacked size of a zstd file is read from its frames."""

from __future__ import annotations

from pathlib import Path

import pytest

from rackwright.images.zstd_frames import content_bytes
from rackwright.values.errors import OperatorMustFix

MAGIC = bytes.fromhex("28b52ffd")


def frame(content: bytes, *, size_known: bool = True, checksum: bool = False) -> bytes:
    """A valid frame of one raw block, written by hand from RFC 8878."""
    descriptor = (0x80 if size_known else 0) | (0x04 if checksum else 0)
    size = len(content).to_bytes(4, "little") if size_known else b""
    block = (len(content) << 3 | 1).to_bytes(3, "little") + content
    return MAGIC + bytes([descriptor, 0x58]) + size + block + (b"\0\0\0\0" if checksum else b"")


def size_of(tmp_path: Path, content: bytes) -> int | None:
    path = tmp_path / "image.zst"
    path.write_bytes(content)
    return content_bytes(path)


def test_one_frame_tells_its_size(tmp_path: Path) -> None:
    assert size_of(tmp_path, frame(b"x" * 700)) == 700
    assert size_of(tmp_path, frame(b"x" * 700, checksum=True)) == 700


def test_sizes_of_several_frames_are_added_and_skippable_ones_are_passed_over(tmp_path: Path) -> None:
    skippable = bytes.fromhex("502a4d18") + (4).to_bytes(4, "little") + b"meta"
    assert size_of(tmp_path, skippable + frame(b"a" * 512) + skippable + frame(b"b" * 512)) == 1024


def test_a_frame_from_a_pipe_tells_nothing(tmp_path: Path) -> None:
    assert size_of(tmp_path, frame(b"x" * 10, size_known=False)) is None


def test_a_block_of_one_repeated_byte_stores_one(tmp_path: Path) -> None:
    block = (512 << 3 | 1 << 1 | 1).to_bytes(3, "little") + b"x"
    assert size_of(tmp_path, MAGIC + bytes([0x80, 0x58]) + (512).to_bytes(4, "little") + block) == 512


@pytest.mark.parametrize("kept", [1, 3, 5, 8, 12, 50])
def test_a_file_that_was_cut_off_is_found(tmp_path: Path, kept: int) -> None:
    with pytest.raises(OperatorMustFix):
        size_of(tmp_path, frame(b"x" * 700)[:kept])


@pytest.mark.parametrize("content", [b"", b"no zstd at all", b"\x1f\x8b\x08\x00"])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(OperatorMustFix):
        size_of(tmp_path, content)
