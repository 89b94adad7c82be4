"""Puts together what the agent writes, once the claim is granted: image, disk, the system's own files."""

from __future__ import annotations

from pathlib import Path

from rackwright.app.context import Context
from rackwright.render.system_files import FirstBoot, system_files
from rackwright.settings import ProfileSettings
from rackwright.values.image import Image
from rackwright.values.install import Install
from rackwright.values.machine import Machine
from rackwright_wire.messages import DiskName, ImageSource, WritePlan


def write_plan(context: Context, machine: Machine, install: Install, image: Image, door_url: str) -> WritePlan:
    """`door_url` is how the machine reached us, and how its installed system will phone home."""
    profile = context.settings.profile.get(install.profile or "default", ProfileSettings())
    first_boot = FirstBoot(
        url=door_url,
        install=install.id,
        token=context.first_boot_token(install.id, install.attempt),
        script=Path(profile.first_boot).read_text() if profile.first_boot else "",
    )
    port, speed = machine.console_port, machine.console_speed
    return WritePlan(
        image=ImageSource(
            path=f"/v1/images/{image.sha256}",
            sha256=image.sha256,
            compression=image.compression,
            size_bytes=image.size_bytes,
            raw_bytes=image.raw_bytes,
            sector_bytes=image.sector_bytes,
        ),
        disk=DiskName(install.disk_serial, install.disk_wwn, install.disk_path),
        hostname=machine.hostname,
        kernel_arguments=f"console=tty0 console={port},{speed}n8" if port else "console=tty0",
        console_unit=int(port.removeprefix("ttyS")) if port.startswith("ttyS") else -1,
        console_speed=speed,
        root_password_hash=profile.root_password_hash,
        files=system_files(machine, tuple(profile.ssh_keys), first_boot),
        boot_entry=f"Rackwright {machine.hostname}",
    )
