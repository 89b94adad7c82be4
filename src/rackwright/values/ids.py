"""Identifiers in their normal form. Parsed once at the edge; never compared as loose text."""

from __future__ import annotations

import os
import re
import time
from typing import NewType

Mac = NewType("Mac", str)  # "52:54:00:aa:bb:cc", lower case
Id = NewType("Id", str)  # UUIDv7 as text

_HEX = re.compile(r"[0-9a-f]{12}")
# What boards say when nobody gave them a serial, UUID or model. Compared lower-case, trimmed.
_BOGUS = frozenset(
    """
    none|null|n/a|na|unknown|default|default string|not specified|not available|not applicable|
    to be filled by o.e.m.|to be filled by o.e.m|o.e.m.|oem|empty|invalid|system serial number|
    system product name|system manufacturer|chassis serial number|serial number|xxxxxxx|123456789|0123456789|
    03000200-0400-0500-0006-000700080009|sernum00000000001|.|-|...
    """.replace("\n", "")
    .replace("    ", "")
    .split("|")
)
_FILLER = re.compile(r"[0f\s.\-x*]*", re.IGNORECASE)


def new_id() -> Id:
    """A UUIDv7: ordered by time to a quarter of a microsecond, made without asking anyone (RFC 9562, 6.2 method 3)."""
    ms, rest_ns = divmod(time.time_ns(), 1_000_000)
    value = (ms & (1 << 48) - 1) << 80 | (rest_ns << 12) // 1_000_000 << 64 | int.from_bytes(os.urandom(8), "big")
    value = value & ~(0xF << 76) | 7 << 76
    value = value & ~(0x3 << 62) | 2 << 62
    text = f"{value:032x}"
    return Id(f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}")


def parse_mac(text: str) -> Mac | None:
    """A unicast MAC from any usual spelling (colons, dashes, dots, none), or None."""
    digits = re.sub(r"[:.\-\s]", "", text.strip().lower())
    if not _HEX.fullmatch(digits) or int(digits[:2], 16) & 1 or int(digits, 16) == 0:
        return None
    return Mac(":".join(digits[i : i + 2] for i in range(0, 12, 2)))


def genuine(reported: str) -> str:
    """A reported serial, UUID or model, trimmed; empty when it is a placeholder of the board's maker."""
    text = " ".join(reported.split())
    if text.lower() in _BOGUS or _FILLER.fullmatch(text):
        return ""
    return text
