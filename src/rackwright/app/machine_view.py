"""A machine of the register as the operators' door shows it. Its BMC password is not in it, only whether it has one."""

from __future__ import annotations

from dataclasses import dataclass

from rackwright.values.machine import Machine


@dataclass(frozen=True, slots=True)
class NicView:
    mac: str
    role: str


@dataclass(frozen=True, slots=True)
class RunsView:
    """`at` in UTC microseconds, 0 when no install of ours has ended there."""

    os: str
    image: str
    at: int


@dataclass(frozen=True, slots=True)
class ProtectionView:
    """`at` in UTC microseconds; `reason` is empty for what a spreadsheet protected."""

    by: str
    reason: str
    at: int


@dataclass(frozen=True, slots=True)
class MachineView:
    """The register's columns by name, except that its column `state` is `service` here: `state` is an install's.

    `seen_at` is UTC microseconds of the last sign of life, 0 for none, `seen_as` what it was."""

    id: str
    version: int
    hostname: str
    site: str
    rack: str
    unit: str
    serial: str
    asset_tag: str
    external_id: str
    macs: tuple[NicView, ...]
    addresses: tuple[str, ...]
    gateway: str
    vlan: int | None
    dns: tuple[str, ...]
    bmc_type: str
    bmc_address: str
    bmc_user: str
    bmc_password_set: bool
    console_port: str
    console_speed: int
    vendor: str
    model: str
    disk: str
    os: str
    profile: str
    owner: str
    labels: dict[str, str]
    service: str
    protected: bool
    protection: ProtectionView | None
    runs: RunsView
    seen_at: int
    seen_as: str


def machine_view(machine: Machine, seen_at: int = 0, seen_as: str = "") -> MachineView:
    return MachineView(
        id=machine.id, version=machine.version, hostname=machine.hostname, site=machine.site, rack=machine.rack,
        unit=machine.unit, serial=machine.serial, asset_tag=machine.asset_tag, external_id=machine.external_id,
        macs=tuple(NicView(nic.mac, nic.role) for nic in machine.nics), addresses=machine.addresses,
        gateway=machine.gateway, vlan=machine.vlan, dns=machine.dns, bmc_type=machine.bmc.type.value,
        bmc_address=machine.bmc.address, bmc_user=machine.bmc.user, bmc_password_set=bool(machine.bmc.password),
        console_port=machine.console_port, console_speed=machine.console_speed, vendor=machine.vendor,
        model=machine.model, disk=machine.disk, os=machine.os, profile=machine.profile, owner=machine.owner,
        labels=dict(machine.labels), service=machine.service.value, protected=machine.protected, protection=_protection(machine),
        runs=RunsView(machine.runs.os, machine.runs.image, machine.runs.at), seen_at=seen_at, seen_as=seen_as,
    )  # fmt: skip


def _protection(machine: Machine) -> ProtectionView | None:
    said = machine.protection
    return ProtectionView(said.by, said.reason, said.at) if said else None
