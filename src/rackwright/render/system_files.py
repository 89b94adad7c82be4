"""The files that make an image this machine's own system. Text in, text out; see docs/images.md."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

from rackwright.values.machine import Machine, RegisteredNic
from rackwright_wire.messages import SystemFile

FIRST_BOOT = files("rackwright.render.first_boot")
UNIT = "/etc/systemd/system/rackwright-first-boot.service"


@dataclass(frozen=True, slots=True)
class FirstBoot:
    """What the installed system needs to phone home once. `token` is a secret: mode 0600."""

    url: str
    install: str
    token: str
    script: str


def system_files(machine: Machine, ssh_keys: tuple[str, ...], first_boot: FirstBoot) -> tuple[SystemFile, ...]:
    """Hostname, network by MAC, keys, and the first boot: its script, its program and its unit."""
    made = [
        SystemFile("/etc/hostname", text=f"{machine.hostname}\n"),
        *_networks(machine),
        SystemFile("/usr/lib/rackwright/first-boot", "0755", FIRST_BOOT.joinpath("first-boot.sh").read_text()),
        SystemFile(UNIT, text=FIRST_BOOT.joinpath("rackwright-first-boot.service").read_text()),
        SystemFile("/etc/systemd/system/multi-user.target.wants/rackwright-first-boot.service", link_to=UNIT),
        SystemFile("/etc/rackwright/first-boot.env", "0600", _environment(first_boot)),
    ]
    if ssh_keys:
        made.append(SystemFile("/root/.ssh/authorized_keys", "0600", "".join(f"{key}\n" for key in ssh_keys)))
    if first_boot.script:
        made.append(SystemFile("/etc/rackwright/first-boot.d/profile", "0755", first_boot.script))
    return tuple(made)


def _environment(first_boot: FirstBoot) -> str:
    return (
        f"RACKWRIGHT_URL={first_boot.url}\n"
        f"RACKWRIGHT_INSTALL={first_boot.install}\n"
        f"RACKWRIGHT_TOKEN={first_boot.token}\n"
    )


def _networks(machine: Machine) -> list[SystemFile]:
    """One systemd-networkd file a port. The first port that is not a BMC's carries the register's addresses."""
    ports = machine.ports
    production = next((nic for nic in ports if nic.role == "production"), ports[0] if ports else None)
    made: list[SystemFile] = []
    for number, nic in enumerate(ports):
        text = _static(machine, nic) if nic is production and machine.addresses else _dynamic(nic)
        made.append(SystemFile(f"/etc/systemd/network/10-rackwright-{number}.network", text=text))
    return made


def _static(machine: Machine, nic: RegisteredNic) -> str:
    lines = ["[Match]", f"MACAddress={nic.mac}", "", "[Network]", "DHCP=no"]
    lines += [f"Address={address}" for address in machine.addresses]
    if machine.gateway:
        lines.append(f"Gateway={machine.gateway}")
    lines += [f"DNS={server}" for server in machine.dns]
    return "\n".join(lines) + "\n"


def _dynamic(nic: RegisteredNic) -> str:
    return f"[Match]\nMACAddress={nic.mac}\n\n[Network]\nDHCP=yes\n\n[DHCPv4]\nClientIdentifier=mac\n"
