"""dnsmasq's lease file, read: which MAC has which address. Never writes it."""

from __future__ import annotations

import ipaddress
import re
import threading
import time
from pathlib import Path

_MAC = re.compile(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}")
_SETTLED_NS = 50_000_000


class LeaseFile:
    """The Leases port. Parsed again only when the file changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._stamp: tuple[int, int, int] | None = None
        self._leases: dict[str, str] = {}

    def mac_of(self, address: str) -> str | None:
        """The MAC in lower case with colons; None where there is no lease."""
        with self._lock:
            self._refresh()
            return self._leases.get(_plain(address))

    def _refresh(self) -> None:
        try:
            stat = self._path.stat()
            stamp = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            if stamp == self._stamp:
                return
            text = self._path.read_text(errors="replace")
        except OSError:  # not there yet
            self._stamp, self._leases = None, {}
            return
        self._leases = parse_leases(text)
        # dnsmasq rewrites the file in place and the clock of a file is coarse: one that has just changed may
        # change again without showing it.
        self._stamp = stamp if time.time_ns() - stat.st_mtime_ns > _SETTLED_NS else None


def parse_leases(text: str) -> dict[str, str]:
    """Address to MAC. A line that is not whole, an IPv6 lease or anything else that is odd is left out."""
    leases: dict[str, str] = {}
    for line in text.splitlines(keepends=True):
        words = line.split()
        if len(words) < 5 or not line.endswith("\n"):
            continue
        expiry, mac, address = words[0], words[1].lower(), words[2]
        if expiry.isdigit() and _MAC.fullmatch(mac) and _is_ipv4(address):
            leases[address] = mac
    return leases


def _is_ipv4(text: str) -> bool:
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return True


def _plain(address: str) -> str:
    """A socket that serves both families shows IPv4 clients as ::ffff:10.0.0.1."""
    return address.lower().removeprefix("::ffff:")
