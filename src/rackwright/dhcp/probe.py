"""Asks a network who answers DHCP there: sends DISCOVERs, listens, never takes an address."""

from __future__ import annotations

import ctypes
import secrets
import socket
import struct
import time
from collections.abc import Collection

from rackwright.values.errors import OperatorMustFix

WAIT_S = 4.0  # dnsmasq pings an address for up to 3 s before it offers it
REPEAT_AFTER_S = 0.5
_ETH_P_IP = 0x0800
_SO_ATTACH_FILTER = 26
_COOKIE = b"\x63\x82\x53\x63"
_OFFER = 2
_PXE_CLIENT = bytes([60, 32]) + b"PXEClient:Arch:00000:UNDI:002001" + bytes([93, 2, 0, 0, 94, 3, 1, 2, 1])
# Classic BPF: IPv4, UDP, not a later fragment, to port 68. A busy interface must not flood the probe.
_DHCP_REPLIES = (
    (0x28, 0, 0, 12), (0x15, 0, 8, _ETH_P_IP), (0x30, 0, 0, 23), (0x15, 0, 6, socket.IPPROTO_UDP),
    (0x28, 0, 0, 20), (0x45, 4, 0, 0x1FFF), (0xB1, 0, 0, 14), (0x48, 0, 0, 16), (0x15, 0, 1, 68),
    (0x06, 0, 0, 0xFFFF), (0x06, 0, 0, 0),
)  # fmt: skip


def other_servers(interface: str, own: Collection[str], wait_s: float = WAIT_S) -> tuple[str, ...]:
    """Addresses of the DHCP and proxyDHCP servers that answer on the interface, without our `own`.

    Asks as a plain client and as a PXE client, as some servers answer only one of them. Needs root."""
    found: set[str] = set()
    transaction = secrets.token_bytes(4)
    mac = bytes([0x02]) + secrets.token_bytes(5)
    with _open(interface) as sock:
        deadline = time.monotonic() + wait_s
        sock.send(discover(transaction, mac, sock.getsockname()[4], pxe=False))
        found |= _offers(sock, transaction, min(deadline, time.monotonic() + REPEAT_AFTER_S))
        sock.send(discover(transaction, mac, sock.getsockname()[4], pxe=True))
        found |= _offers(sock, transaction, deadline)
    return tuple(sorted(found - set(own)))


def discover(transaction: bytes, mac: bytes, source: bytes, *, pxe: bool) -> bytes:
    """An Ethernet frame with a DHCPDISCOVER that asks for a broadcast answer (RFC 2131, 4.1).

    The frame comes from the interface's own MAC, so that a switch's port security sees nothing new."""
    options = bytes([53, 1, 1, 55, 4, 1, 3, 54, 67]) + (_PXE_CLIENT if pxe else b"") + b"\xff"
    bootp = struct.pack("!BBBB4sHH16s16s192s", 1, 1, 6, 0, transaction, 0, 0x8000, bytes(16), mac, bytes(192))
    payload = (bootp + _COOKIE + options).ljust(300, b"\0")
    udp = struct.pack("!HHHH", 68, 67, 8 + len(payload), 0)  # checksum 0: none, as IPv4 allows
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 28 + len(payload), 0, 0, 64, 17, 0, bytes(4), b"\xff" * 4)
    head = head[:10] + struct.pack("!H", _checksum(head)) + head[12:]
    return b"\xff" * 6 + source + struct.pack("!H", _ETH_P_IP) + head + udp + payload


def server_of_offer(frame: bytes, transaction: bytes) -> str | None:
    """The address of the server that made this offer of ours; None for any other frame."""
    ip = frame[14:]
    if len(ip) < 20:
        return None
    bootp = ip[(ip[0] & 0xF) * 4 + 8 :]
    if len(bootp) < 240 or bootp[4:8] != transaction or bootp[236:240] != _COOKIE:
        return None
    options = _options(bootp[240:])
    if options.get(53) != bytes([_OFFER]):
        return None
    server = options.get(54, b"")
    return socket.inet_ntoa(server if len(server) == 4 else ip[12:16])


def _open(interface: str) -> socket.socket:
    try:
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    except PermissionError as error:
        raise OperatorMustFix("dhcp_probe_needs_root", interface=interface) from error
    try:
        # The filter comes before the bind: until then nothing arrives, so nothing unfiltered waits.
        _attach_filter(sock)
        sock.bind((interface, _ETH_P_IP))
    except OSError as error:
        sock.close()
        raise OperatorMustFix("interface_missing", interface=interface) from error
    return sock


def _attach_filter(sock: socket.socket) -> None:
    code = b"".join(struct.pack("HBBI", *instruction) for instruction in _DHCP_REPLIES)
    kept = ctypes.create_string_buffer(code)
    sock.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HP", len(_DHCP_REPLIES), ctypes.addressof(kept)))


def _offers(sock: socket.socket, transaction: bytes, deadline: float) -> set[str]:
    found: set[str] = set()
    while (left := deadline - time.monotonic()) > 0:
        sock.settimeout(left)
        try:
            server = server_of_offer(sock.recv(2048), transaction)
        except TimeoutError:
            break
        except OSError as error:  # the interface went down
            raise OperatorMustFix("interface_missing", interface=str(sock.getsockname()[0])) from error
        if server:
            found.add(server)
    return found


def _options(data: bytes) -> dict[int, bytes]:
    """DHCP options until the end mark; what is cut short is left out."""
    found: dict[int, bytes] = {}
    at = 0
    while at + 1 < len(data) and data[at] != 255:
        if data[at] == 0:
            at += 1
            continue
        length = data[at + 1]
        if at + 2 + length <= len(data):
            found[data[at]] = data[at + 2 : at + 2 + length]
        at += 2 + length
    return found


def _checksum(header: bytes) -> int:
    total = sum(struct.unpack(f"!{len(header) // 2}H", header))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
