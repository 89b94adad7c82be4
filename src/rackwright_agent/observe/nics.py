"""Ethernet ports from a /sys tree. The permanent MAC is asked of the driver only where the address was changed."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from rackwright_agent.observe import sysfs
from rackwright_wire.facts import Nic

_ETHERNET = 1
_PERMANENT = 0  # addr_assign_type: the address in use is the one in the hardware
_PCI = re.compile(r"[0-9a-f]{4,}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]")


def read(sys_root: Path, permanent_mac: Callable[[str], str]) -> tuple[Nic, ...]:
    """All ports with hardware behind them, by name; `permanent_mac` answers with a MAC or nothing."""
    found: list[Nic] = []
    for name in sysfs.names(sys_root / "class/net"):
        port = sys_root / "class/net" / name
        if not (port / "device").exists() or (port / "wireless").exists():
            continue
        if sysfs.number(port / "type") != _ETHERNET:
            continue
        found.append(_nic(port, name, permanent_mac))
    return tuple(found)


def parse_ethtool(text: str) -> str:
    """The MAC in `ethtool -P`'s answer; all zeros (a driver that does not know) count as none."""
    match = re.search(r"([0-9a-f]{2}(?::[0-9a-f]{2}){5})\s*$", text.strip().lower())
    return match[1] if match and match[1] != "00:00:00:00:00:00" else ""


def _nic(port: Path, name: str, permanent_mac: Callable[[str], str]) -> Nic:
    mac = sysfs.text(port / "address").lower()
    if sysfs.number(port / "addr_assign_type", _PERMANENT) != _PERMANENT:
        mac = permanent_mac(name) or mac
    carrier = sysfs.text(port / "carrier")
    pci = _PCI.findall(str((port / "device").resolve()))
    return Nic(
        name=name,
        mac=mac,
        link=None if carrier not in ("0", "1") else carrier == "1",
        speed_mbps=max(0, sysfs.number(port / "speed")),
        driver=sysfs.link_name(port / "device/driver"),
        path=f"pci-{pci[-1]}" if pci else "",
    )
