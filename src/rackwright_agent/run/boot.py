"""Makes the installed system the one that the machine's firmware starts next; read back, not believed."""

from __future__ import annotations

import os
from pathlib import Path

from rackwright_agent.failures import MachineFailed
from rackwright_agent.plan import boot_entries, guid
from rackwright_agent.run.job import Job
from rackwright_agent.run.layout import Layout
from rackwright_wire.facts import Disk

_EFI_NAMES = {"x86_64": "BOOTX64.EFI", "aarch64": "BOOTAA64.EFI"}
_TIMEOUT_S = 60


def make_bootable(job: Job, disk: Disk, layout: Layout) -> None:
    """UEFI: our stale entries go, one new entry comes first and next. BIOS: the image's boot code is there."""
    if job.boot_mode == "uefi":
        _uefi(job, disk, layout)
    else:
        _bios(disk, layout)


def _uefi(job: Job, disk: Disk, layout: Layout) -> None:
    esp = layout.table.of_kind(guid.ESP)
    if esp is None:
        raise MachineFailed("this machine boots by UEFI and the image has no EFI system partition")
    loader = _EFI_NAMES.get(os.uname().machine, "BOOTX64.EFI")
    job.commands.run(["mdir", "-b", "-i", layout.esp, f"::/EFI/BOOT/{loader}"], _TIMEOUT_S)
    _show_variables(job)
    for number in boot_entries.stale(_entries(job)):
        job.commands.run(["efibootmgr", "--quiet", "--bootnum", number, "--delete-bootnum"], _TIMEOUT_S)
    label = job.plan.boot_entry
    create = ["efibootmgr", "--quiet", "--create", "--disk", disk.device, "--part", str(esp.number)]
    job.commands.run([*create, "--label", label, "--loader", f"\\EFI\\BOOT\\{loader}"], _TIMEOUT_S)
    found = _entries(job)
    number = boot_entries.created(found, label)
    order = ",".join(boot_entries.wanted_order(found, number))
    job.commands.run(["efibootmgr", "--quiet", "--bootorder", order], _TIMEOUT_S)
    job.commands.run(["efibootmgr", "--quiet", "--bootnext", number], _TIMEOUT_S)
    boot_entries.check(_entries(job), number, label, esp.guid)


def _entries(job: Job) -> boot_entries.BootEntries:
    return boot_entries.parse(job.commands.run(["efibootmgr", "-v"], _TIMEOUT_S))


def _show_variables(job: Job) -> None:
    place = Path("/sys/firmware/efi/efivars")
    if not any(place.iterdir()):
        job.commands.run(["mount", "-t", "efivarfs", "efivarfs", str(place)], _TIMEOUT_S)


def _bios(disk: Disk, layout: Layout) -> None:
    sector = layout.table.boot_sector
    if sector[510:512] != b"\x55\xaa" or not any(sector[:440]):
        raise MachineFailed("this machine boots by BIOS and the image has no boot code in its first sector")
    stage = layout.table.of_kind(guid.BIOS_BOOT)
    if stage is None:
        return  # the boot code may be one that needs no partition, such as syslinux's
    fd = os.open(disk.device, os.O_RDONLY | os.O_CLOEXEC)
    try:
        code = os.pread(fd, 512, stage.first_sector * disk.logical_sector_bytes)
    finally:
        os.close(fd)
    if not any(code):
        raise MachineFailed("the image's BIOS boot partition is empty")
