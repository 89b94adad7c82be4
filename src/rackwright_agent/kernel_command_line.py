"""What the boot script told the agent by the kernel's command line. Never reads anything else."""

from __future__ import annotations

from dataclasses import dataclass

from rackwright_agent.failures import AgentError


@dataclass(frozen=True, slots=True)
class BootArguments:
    """`server` has no trailing slash; `boot_mac` is the port that booted, lower case with colons, or empty."""

    server: str
    boot_mac: str
    shell: bool


def parse(text: str) -> BootArguments:
    """Reads /proc/cmdline; raises AgentError without `rackwright.server=`: then this is not a RAM OS."""
    values: dict[str, str] = {}
    for word in text.split():
        name, _, value = word.partition("=")
        values[name] = value
    server = values.get("rackwright.server", "").rstrip("/")
    if not server.startswith("http://"):
        raise AgentError(
            "the kernel command line has no rackwright.server=http://...: the agent runs only in the RAM OS"
        )
    return BootArguments(server, _boot_mac(values.get("BOOTIF", "")), values.get("rackwright.shell") == "1")


def _boot_mac(bootif: str) -> str:
    """PXELINUX's form: the hardware type, then the address, all joined by hyphens."""
    parts = bootif.lower().split("-")
    return ":".join(parts[1:]) if len(parts) == 7 else ""
