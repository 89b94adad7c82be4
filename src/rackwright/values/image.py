"""A system image, known by the sha256 of its file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Image:
    """`size_bytes` is the file's, `raw_bytes` what it unpacks to; `compression` is zstd or none."""

    sha256: str
    name: str
    compression: str
    size_bytes: int
    raw_bytes: int
    sector_bytes: int
    added_at: int
