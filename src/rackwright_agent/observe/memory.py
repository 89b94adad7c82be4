"""Memory modules from the text of `dmidecode -t 17`, and the usable amount from /proc/meminfo."""

from __future__ import annotations

from rackwright_wire.facts import MemoryModule

_UNITS = {"kB": 1 << 10, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30, "TB": 1 << 40}
_SAYS_NOTHING = {"", "Unknown", "Not Specified", "None", "NO DIMM"}


def modules(text: str) -> tuple[MemoryModule, ...]:
    """The populated slots, in the order of the firmware's table."""
    found: list[MemoryModule] = []
    for block in text.split("\n\n"):
        if "Memory Device\n" not in block:
            continue
        values = dict(_pair(line) for line in block.splitlines() if ":" in line)
        size = size_bytes(values.get("Size", ""))
        if size:
            found.append(
                MemoryModule(
                    slot=_said(values, "Locator"),
                    size_bytes=size,
                    speed_mts=_speed(_said(values, "Configured Memory Speed") or _said(values, "Speed")),
                    part_number=_said(values, "Part Number"),
                    serial=_said(values, "Serial Number"),
                )
            )
    return tuple(found)


def size_bytes(text: str) -> int:
    """`16 GB` in bytes; 0 for an empty slot or a size nobody knows."""
    amount, _, unit = text.partition(" ")
    return int(amount) * _UNITS[unit] if amount.isdigit() and unit in _UNITS else 0


def usable_bytes(meminfo: str) -> int:
    """MemTotal of /proc/meminfo: what is left when firmware and kernel took theirs."""
    for line in meminfo.splitlines():
        if line.startswith("MemTotal:"):
            return int(line.split()[1]) * 1024
    return 0


def _pair(line: str) -> tuple[str, str]:
    name, _, value = line.strip().partition(":")
    return name, value.strip()


def _said(values: dict[str, str], name: str) -> str:
    value = values.get(name, "")
    return "" if value in _SAYS_NOTHING else value


def _speed(text: str) -> int:
    """`2933 MT/s`; older SMBIOS writers say MHz for the same figure."""
    amount = text.partition(" ")[0]
    return int(amount) if amount.isdigit() else 0
