"""Texts of the installed system's own small files: shadow, hosts, GRUB's values. Text in, text out."""

from __future__ import annotations

from rackwright_agent.failures import MachineFailed

LOCKED = "*"


def shadow_with_root(text: str, password_hash: str) -> str:
    """Sets root's password field; an empty hash locks it. Every other line stays as it is."""
    lines = text.splitlines()
    for i, line in enumerate(lines):
        fields = line.split(":")
        if fields[0] == "root" and len(fields) >= 2:
            fields[1] = password_hash or LOCKED
            lines[i] = ":".join(fields)
            return "\n".join(lines) + "\n"
    raise MachineFailed("the image's /etc/shadow has no line for root")


def hosts_with(text: str, hostname: str) -> str:
    """Gives the machine's own name an address, as Debian does, so that `sudo` and MTAs find it offline."""
    short = hostname.partition(".")[0]
    names = hostname if short == hostname else f"{hostname} {short}"
    kept = [line for line in text.splitlines() if line.split()[:1] != ["127.0.1.1"]]
    if not any(line.split()[:1] == ["127.0.0.1"] for line in kept):
        kept.insert(0, "127.0.0.1\tlocalhost")
    return "\n".join([*kept, f"127.0.1.1\t{names}"]) + "\n"


def grub_values(root_uuid: str, kernel_arguments: str, serial_unit: int, serial_speed: int) -> str:
    """The one GRUB file that differs between machines; GRUB itself reads it, so only plain words are let in."""
    for character in '"\\$`\n':
        if character in kernel_arguments:
            raise MachineFailed(f"the kernel arguments contain {character!r}, which GRUB would interpret")
    unit = str(serial_unit) if serial_unit >= 0 else ""
    return (
        f'set root_uuid="{root_uuid}"\n'
        f'set kernel_arguments="{kernel_arguments}"\n'
        f'set serial_unit="{unit}"\n'
        f'set serial_speed="{serial_speed}"\n'
    )
