"""Where a block device hangs, as a stable text in the manner of udev's by-path names, and as an order of slots.

The text survives reboots and the order in which drivers load; udev itself does not run in the RAM OS.
"""

from __future__ import annotations

import re
from pathlib import Path

from rackwright_agent.observe import sysfs

_PCI = re.compile(r"^[0-9a-f]{4,}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$")
_SCSI = re.compile(r"^(\d+):(\d+):(\d+):(\d+)$")


def of(sys_root: Path, name: str) -> str:
    """`pci-0000:00:1f.2-ata-1`, `pci-0000:00:05.0`; empty for a device whose bus is not known."""
    where = _device(sys_root / "class/block" / name / "device")
    parts = _below_devices(sys_root, where)
    tail = _controller(sys_root, name, where, parts)
    bus = _bus(parts)
    return "-".join(p for p in (bus, tail) if p) if bus or tail else ""


def order(path: str) -> tuple[tuple[int, int, str], ...]:
    """A key that sorts paths as people count slots: hexadecimal in PCI addresses, decimal elsewhere."""
    key: list[tuple[int, int, str]] = []
    for word in path.split("-"):
        digits = 16 if _PCI.match(word) else 10
        for piece in re.findall(r"[0-9a-f]+|[^0-9a-f]+" if digits == 16 else r"\d+|\D+", word):
            number = int(piece, digits) if piece[0] in "0123456789" or (digits == 16 and piece.isalnum()) else -1
            key.append((1, number, "") if number >= 0 else (0, 0, piece))
    return tuple(key)


def _device(device: Path) -> Path:
    """With native multipath an NVMe disk hangs below its subsystem, which has no address: take a controller."""
    controllers = [n for n in sysfs.names(device) if re.fullmatch(r"nvme\d+", n)]
    return (device / controllers[0] if controllers else device).resolve()


def _below_devices(sys_root: Path, where: Path) -> tuple[str, ...]:
    try:
        return where.relative_to((sys_root / "devices").resolve()).parts
    except ValueError:
        return ()


def _bus(parts: tuple[str, ...]) -> str:
    pci = [part for part in parts if _PCI.match(part)]
    if pci:
        return f"pci-{pci[-1]}"
    if parts and parts[0] == "platform" and len(parts) > 1:
        return f"platform-{parts[1]}"
    return ""


def _controller(sys_root: Path, name: str, where: Path, parts: tuple[str, ...]) -> str:
    """What comes behind the bus address: which of the controller's devices it is."""
    if name.startswith("nvme"):
        return f"nvme-{sysfs.text(sys_root / 'class/block' / name / 'nsid') or _nsid(name)}"
    address = _SCSI.match(where.name)
    if address is None:
        return ""
    host, channel, target, lun = address.groups()
    port = next((part for part in parts if re.fullmatch(r"ata\d+", part)), "")
    if port:
        number = sysfs.text(sys_root / "class/ata_port" / port / "port_no")
        # Behind a port multiplier several disks share one port.
        return f"ata-{number or port[3:]}" + (f".{target}" if target != "0" else "")
    wwpn = sysfs.text(sys_root / f"class/fc_transport/target{host}:{channel}:{target}/port_name")
    if wwpn:
        return f"fc-{wwpn}-lun-{lun}"
    end = next((part for part in parts if part.startswith("end_device-")), "")
    phy = sysfs.text(sys_root / "class/sas_device" / end / "phy_identifier") if end else ""
    if phy:
        return f"sas-{_expander(sys_root, parts)}phy{phy}-lun-{lun}"
    usb = next((part for part in reversed(parts) if re.fullmatch(r"\d+-[\d.]+:\d+\.\d+", part)), "")
    prefix = "usb-0:" + usb.partition("-")[2] + "-" if usb else ""
    return f"{prefix}scsi-{_own_number(where, host)}:{channel}:{target}:{lun}"


def _expander(sys_root: Path, parts: tuple[str, ...]) -> str:
    """Phy numbers repeat behind each expander, so its address belongs to the name."""
    expanders = [part for part in parts if part.startswith("expander-")]
    address = sysfs.text(sys_root / "class/sas_device" / expanders[-1] / "sas_address") if expanders else ""
    return f"exp{address}-" if address else ""


def _own_number(where: Path, host: str) -> int:
    """The host's place among the hosts of the same controller: absolute numbers differ from boot to boot."""
    here = next((p for p in where.parents if p.name == f"host{host}"), None)
    if here is None:
        return int(host)
    numbers = [int(n[4:]) for n in sysfs.names(here.parent) if re.fullmatch(r"host\d+", n)]
    return int(host) - min(numbers, default=int(host))


def _nsid(name: str) -> str:
    match = re.search(r"n(\d+)$", name)
    return match[1] if match else "1"
