"""Puts together what the agent writes, once the claim is granted: image, disk, the system's own files."""

from __future__ import annotations

from pathlib import Path

from rackwright.app.context import Context
from rackwright.render.system_files import FirstBoot, system_files
from rackwright.settings import ProfileSettings
from rackwright.values.image import Image
from rackwright.values.install import Cause, Install
from rackwright.values.machine import Machine
from rackwright_wire.messages import DiskName, ImageSource, WritePlan


class NoPlan(Exception):
    """Nothing was written yet; `cause` says why nothing can be."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause)
        self.cause = cause


def write_plan(context: Context, machine: Machine, install: Install, image: Image, door_url: str) -> WritePlan:
    """`door_url` is how the machine reached us, and how its installed system will phone home.

    Raises NoPlan for a profile that is not there any more or cannot be read."""
    profile = _profile(context, install)
    first_boot = FirstBoot(
        url=door_url,
        install=install.id,
        token=context.first_boot_token(install.id, install.attempt),
        script=_script(install, profile),
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


def _profile(context: Context, install: Install) -> ProfileSettings:
    """Only the default one may be missing: a system without its keys and script would look installed."""
    found = context.settings.profile.get(install.profile or "default")
    if found is None and install.profile:
        raise NoPlan({"key": "profile_gone", "profile": install.profile})
    return found or ProfileSettings()


def _script(install: Install, profile: ProfileSettings) -> str:
    try:
        return Path(profile.first_boot).read_text(encoding="utf-8") if profile.first_boot else ""
    except (OSError, UnicodeDecodeError) as error:
        name = install.profile or "default"
        raise NoPlan({"key": "first_boot_script_unreadable", "profile": name, "error": str(error)}) from error
