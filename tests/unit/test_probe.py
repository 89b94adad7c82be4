"""Frames of the DHCP probe: what is asked, and which answers count."""

from __future__ import annotations

import struct

import pytest

from rackwright.dhcp.probe import discover, server_of_offer

XID, MAC, SOURCE = b"\x01\x02\x03\x04", b"\x02\xaa\xbb\xcc\xdd\xee", b"\x52\x54\x00\x00\x00\x01"
SERVER_ID = b"\x36\x04\x0a\x4d\x00\x09"


def offer(options: bytes = b"\x35\x01\x02" + SERVER_ID + b"\xff", xid: bytes = XID) -> bytes:
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 0, 0, 0, 64, 17, 0, bytes([10, 77, 0, 8]), b"\xff" * 4)
    bootp = struct.pack("!BBBB4s228s", 2, 1, 6, 0, xid, b"") + b"\x63\x82\x53\x63"
    return b"\xff" * 6 + SOURCE + b"\x08\x00" + ip + bytes(8) + bootp + options


def test_the_server_names_itself() -> None:
    assert server_of_offer(offer(), XID) == "10.77.0.9"


def test_without_a_server_id_the_sender_counts() -> None:
    assert server_of_offer(offer(b"\x35\x01\x02\xff"), XID) == "10.77.0.8"


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        bytes(14),
        offer()[:100],
        offer(xid=b"\x09\x09\x09\x09"),
        offer(b"\x35\x01\x05" + SERVER_ID + b"\xff"),
        offer(b"\xff\x35\x01\x02"),
        offer(b"\x36\xff\x0a"),
        offer(b""),
    ],
)
def test_other_frames_are_no_offer(frame: bytes) -> None:
    assert server_of_offer(frame, XID) is None


@pytest.mark.parametrize("pxe", [False, True])
def test_a_discover_is_a_well_formed_broadcast(pxe: bool) -> None:
    frame = discover(XID, MAC, SOURCE, pxe=pxe)
    assert frame[:14] == b"\xff" * 6 + SOURCE + b"\x08\x00"
    header, udp, bootp = frame[14:34], frame[34:42], frame[42:]
    assert sum(struct.unpack("!10H", header)) % 0xFFFF == 0
    assert struct.unpack("!HHHH", udp) == (68, 67, len(udp) + len(bootp), 0)
    assert struct.unpack("!H", header[2:4])[0] == len(frame) - 14
    assert bootp[4:8] == XID
    assert struct.unpack("!H", bootp[10:12])[0] == 0x8000
    assert bootp[28:34] == MAC
    assert bootp[236:243] == b"\x63\x82\x53\x63\x35\x01\x01"
    assert (b"PXEClient" in bootp) is pxe
