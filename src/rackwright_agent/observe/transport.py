"""How a disk is attached, above all whether it is local or lives in a storage network that others share."""

from __future__ import annotations

import re
from pathlib import Path

from rackwright_agent.observe import sysfs

_RAID_DRIVERS = frozenset(
    [
        "megaraid_sas",
        "megaraid_legacy",
        "smartpqi",
        "hpsa",
        "cciss",
        "aacraid",
        "arcmsr",
        "mpi3mr",
        "3w-9xxx",
        "3w-sas",
        "ips",
        "mvumi",
    ]
)
_SRP_DRIVERS = frozenset(("ib_srp", "ibmvscsi"))


def transport(sys_root: Path, name: str) -> str:
    """One of Disk.transport's words. SAN transports are told before local ones: a doubt must not hide a SAN."""
    where = str((sys_root / "class/block" / name / "device").resolve())
    if name.startswith("nvme"):
        return _nvme(sys_root, name)
    if name.startswith("mmcblk"):
        return "mmc"
    host = re.search(r"/host(\d+)(/|$)", where)
    if host is None:
        return "virtio" if "/virtio" in where else "raid" if name.startswith("cciss") else "unknown"
    return _scsi(sys_root, host[1], where, sysfs.text(sys_root / "class/block" / name / "device/vendor"))


def _scsi(sys_root: Path, host: str, where: str, vendor: str) -> str:
    classes = sys_root / "class"
    driver = sysfs.text(classes / f"scsi_host/host{host}/proc_name")
    if (classes / f"fc_host/host{host}").exists() or "/rport-" in where:
        return "fc"
    if (classes / f"iscsi_host/host{host}").exists() or re.search(r"/session\d+/", where):
        return "iscsi"
    if driver in _SRP_DRIVERS:
        return "srp"
    if re.search(r"/usb\d+/", where):
        return "usb"
    if re.search(r"/ata\d+/", where) or vendor == "ATA":  # also a SATA disk behind a SAS controller
        return "sata"
    if driver in _RAID_DRIVERS:
        return "raid"
    if (classes / f"sas_host/host{host}").exists():
        return "sas"
    return "scsi"


def _nvme(sys_root: Path, name: str) -> str:
    """Asks every controller of the namespace: with native multipath there may be several."""
    device = sys_root / "class/block" / name / "device"
    said = {sysfs.text(device / "transport")} | {
        sysfs.text(device / n / "transport") for n in sysfs.names(device) if re.fullmatch(r"nvme\d+", n)
    }
    said.discard("")
    if not said:
        return "unknown"
    return "nvme" if said == {"pcie"} else "nvmeof"
