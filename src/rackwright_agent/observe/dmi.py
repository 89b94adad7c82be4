"""The machine's own word about who it is: SMBIOS by /sys/class/dmi/id, or dmidecode's text where that is missing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rackwright_agent.observe import sysfs


@dataclass(frozen=True, slots=True)
class Dmi:
    serial: str = ""
    uuid: str = ""
    vendor: str = ""
    model: str = ""
    asset_tag: str = ""
    firmware_version: str = ""


def from_sysfs(sys_root: Path) -> Dmi:
    """Reads the SMBIOS strings as they are; what is bogus is for the server to judge."""
    dmi = sys_root / "class/dmi/id"
    return Dmi(
        serial=sysfs.text(dmi / "product_serial") or sysfs.text(dmi / "chassis_serial"),
        uuid=sysfs.text(dmi / "product_uuid").lower(),
        vendor=sysfs.text(dmi / "sys_vendor"),
        model=sysfs.text(dmi / "product_name"),
        asset_tag=sysfs.text(dmi / "chassis_asset_tag"),
        firmware_version=sysfs.text(dmi / "bios_version"),
    )


def from_dmidecode(text: str) -> Dmi:
    """The same from `dmidecode -t 0,1,3`."""
    sections: dict[str, dict[str, str]] = {}
    current: dict[str, str] = {}
    for line in text.splitlines():
        if line and not line[0].isspace():
            current = sections.setdefault(line.strip(), {})
        elif ":" in line:
            name, _, value = line.strip().partition(":")
            current.setdefault(name, value.strip())
    system = sections.get("System Information", {})
    chassis = sections.get("Chassis Information", {})
    return Dmi(
        serial=system.get("Serial Number", "") or chassis.get("Serial Number", ""),
        uuid=system.get("UUID", "").lower(),
        vendor=system.get("Manufacturer", ""),
        model=system.get("Product Name", ""),
        asset_tag=chassis.get("Asset Tag", ""),
        firmware_version=sections.get("BIOS Information", {}).get("Version", ""),
    )
