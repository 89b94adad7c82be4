"""ICMP echo over the kernel's own sockets, IPv4 and IPv6: one question, and whether its own answer came.

Not by the program `ping`: that would be a process for each machine, another package, and words to parse. The datagram
socket needs no right where net.ipv4.ping_group_range allows it, as systemd sets it; the raw one needs root."""

from __future__ import annotations

import errno
import os
import select
import socket
import struct
import time

from rackwright.values.errors import OperatorMustFix

_ECHO = {socket.AF_INET: (8, 0), socket.AF_INET6: (128, 129)}  # request and reply: RFC 792, RFC 4443
_PROTOCOL = {socket.AF_INET: socket.IPPROTO_ICMP, socket.AF_INET6: socket.IPPROTO_ICMPV6}
_ASKED_TIMES = 3  # one lost packet is no silence
_TOKEN_BYTES = 16


def answers_ping(address: str, wait_s: float) -> bool:
    """Raises OperatorMustFix when this host may not ask."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    until, token = time.monotonic() + wait_s, os.urandom(_TOKEN_BYTES)
    with _open(family) as sock:
        sock.setblocking(False)
        try:
            sock.connect((address, 0))
        except OSError:
            return False  # no route: nothing is reached there
        for number in range(1, _ASKED_TIMES + 1):
            _send(sock, _request(family, number, token))
            ends = until - wait_s * (1 - number / _ASKED_TIMES)
            if _hears(sock, family, token, ends):
                return True
    return False


def may_ping() -> bool:
    try:
        with _open(socket.AF_INET):
            return True
    except OperatorMustFix:
        return False


def _open(family: socket.AddressFamily) -> socket.socket:
    try:
        return socket.socket(family, socket.SOCK_DGRAM, _PROTOCOL[family])
    except OSError:
        pass
    try:
        return socket.socket(family, socket.SOCK_RAW, _PROTOCOL[family])
    except OSError as error:
        raise OperatorMustFix("ping_not_allowed", error=error.strerror or str(error)) from error


def _request(family: socket.AddressFamily, number: int, token: bytes) -> bytes:
    """The kernel writes the identifier of a datagram socket and every checksum of ICMPv6."""
    kind, _ = _ECHO[family]
    identifier = int.from_bytes(token[:2], "big")
    unsealed = struct.pack("!BBHHH", kind, 0, 0, identifier, number) + token
    return struct.pack("!BBHHH", kind, 0, _checksum(unsealed), identifier, number) + token


def _checksum(data: bytes) -> int:
    """RFC 1071, of an even number of bytes."""
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def _send(sock: socket.socket, packet: bytes) -> None:
    try:
        sock.send(packet)
    except OSError as error:
        # "Unreachable" of the packet before is told here. A local firewall's refusal would look like silence.
        if error.errno in (errno.EPERM, errno.EACCES):
            raise OperatorMustFix("ping_not_allowed", error=error.strerror or str(error)) from error


def _hears(sock: socket.socket, family: socket.AddressFamily, token: bytes, until: float) -> bool:
    while (left := until - time.monotonic()) > 0:
        if not select.select([sock], [], [], left)[0]:
            return False
        try:
            packet = sock.recv(2048)
        except OSError:
            continue
        if _is_reply(family, packet, token):
            return True
    return False


def _is_reply(family: socket.AddressFamily, packet: bytes, token: bytes) -> bool:
    """On loopback a raw socket hears the question too. IPv4's raw packets begin with their header."""
    if family is socket.AF_INET and packet[:1] and packet[0] >> 4 == 4:
        packet = packet[(packet[0] & 0xF) * 4 :]
    return packet[:1] == bytes([_ECHO[family][1]]) and packet[8 : 8 + _TOKEN_BYTES] == token
