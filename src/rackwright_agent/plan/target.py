"""Which disk is meant, and whether the image fits it. A doubt is a failure, never a guess."""

from __future__ import annotations

from rackwright_agent.failures import MachineFailed
from rackwright_wire.facts import Disk
from rackwright_wire.messages import DiskName, ImageSource


def choose(disks: tuple[Disk, ...], name: DiskName) -> Disk:
    """The one disk for which everything in `name` is true; raises MachineFailed for none or several."""
    if not (name.serial or name.wwn or name.path):
        raise MachineFailed("the plan names no disk")
    matches = [disk for disk in disks if _is(disk, name)]
    if len(matches) == 1:
        return matches[0]
    seen = ", ".join(f"{d.device} ({d.serial or 'no serial'}, {d.path or 'no path'})" for d in disks) or "none"
    problem = "no disk is" if not matches else f"{len(matches)} disks are"
    raise MachineFailed(f"{problem} {describe(name)}; the machine has: {seen}")


def describe(name: DiskName) -> str:
    """The disk's name in words for a person."""
    words = (("serial", name.serial), ("WWN", name.wwn), ("path", name.path))
    return ", ".join(f"{kind} {value}" for kind, value in words if value)


def check_fits(disk: Disk, image: ImageSource) -> None:
    """Raises MachineFailed when the image is made for other sectors or is larger than the disk."""
    if disk.logical_sector_bytes != image.sector_bytes:
        raise MachineFailed(
            f"the image is made for sectors of {image.sector_bytes} bytes, "
            f"{disk.device} has {disk.logical_sector_bytes}: use an image built for this disk"
        )
    if disk.size_bytes < image.raw_bytes:
        raise MachineFailed(
            f"the image needs {image.raw_bytes} bytes, {disk.device} has {disk.size_bytes}: use a larger disk"
        )
    if image.raw_bytes <= 0 or image.raw_bytes % image.sector_bytes:
        raise MachineFailed("the image's size is no whole number of sectors: add it again on the server")
    if image.compression not in ("zstd", "none"):
        raise MachineFailed(f"the image is compressed with {image.compression}, which this RAM OS cannot read")


def _is(disk: Disk, name: DiskName) -> bool:
    """Empty fields of the disk never match: two disks without a serial are not the same one."""
    wanted = ((name.serial, disk.serial), (name.wwn.lower(), disk.wwn.lower()), (name.path, disk.path))
    return all(given == has for given, has in wanted if given)
