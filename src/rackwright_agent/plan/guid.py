"""GUIDs as GPT stores them, and random UUIDs as file systems and partitions want them (RFC 4122, version 4)."""

from __future__ import annotations

import struct

BIOS_BOOT = "21686148-6449-6e6f-744e-656564454649"
ESP = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"


def from_random(data: bytes) -> str:
    """Makes a version 4 UUID of 16 random bytes."""
    raw = bytearray(data[:16])
    raw[6] = raw[6] & 0x0F | 0x40
    raw[8] = raw[8] & 0x3F | 0x80
    h = raw.hex()
    return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"


def pack(text: str) -> bytes:
    """The 16 bytes of a GUID in a GPT: its first three fields are little-endian (UEFI 2.10, appendix A)."""
    a, b, c, d, e = text.split("-")
    return struct.pack("<IHH", int(a, 16), int(b, 16), int(c, 16)) + bytes.fromhex(d + e)


def unpack(raw: bytes) -> str:
    """The lower-case text of a GUID in a GPT."""
    a, b, c = struct.unpack("<IHH", raw[:8])
    return f"{a:08x}-{b:04x}-{c:04x}-{raw[8:10].hex()}-{raw[10:16].hex()}"
