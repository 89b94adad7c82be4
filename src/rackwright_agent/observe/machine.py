"""Collects the facts of this machine, with what its disks hold. Reads only; a source that is missing leaves its fields empty."""

from __future__ import annotations

import os
import time
from pathlib import Path

from rackwright_agent.commands import Commands
from rackwright_agent.failures import MachineFailed
from rackwright_agent.observe import bmc, cpu, disks, dmi, memory, nics
from rackwright_agent.observe.contents import Look
from rackwright_wire.facts import BmcFacts, Disk, Facts

_BMC_TIME_S = 15.0  # a hanging BMC has up to nine questions to hang on


class Machine:
    """Where the facts are read from: the kernel's own trees, and four tools for what those do not show."""

    def __init__(self, commands: Commands, sys_root: Path = Path("/sys"), proc_root: Path = Path("/proc")) -> None:
        self._commands = commands
        self.sys_root = sys_root
        self._proc = proc_root
        self._look = Look(commands, sys_root)

    def facts(self, boot_mac: str) -> Facts:
        """One complete report."""
        identity = dmi.from_sysfs(self.sys_root)
        if not (identity.serial or identity.uuid or identity.model):
            identity = dmi.from_dmidecode(self._ask(["dmidecode", "-t", "0,1,3"]))
        slots = memory.modules(self._ask(["dmidecode", "-t", "17"]))
        usable = memory.usable_bytes(self._read("meminfo"))
        return Facts(
            serial=identity.serial,
            uuid=identity.uuid,
            vendor=identity.vendor,
            model=identity.model,
            asset_tag=identity.asset_tag,
            firmware_version=identity.firmware_version,
            boot_mode=self.boot_mode(),
            boot_mac=boot_mac,
            kernel=os.uname().release,
            cpu=cpu.parse(self._read("cpuinfo")),
            memory_bytes=sum(slot.size_bytes for slot in slots) or usable,
            memory_modules=slots,
            disks=self._look.at(self.disks()),
            nics=nics.read(self.sys_root, lambda name: nics.parse_ethtool(self._ask(["ethtool", "-P", name]))),
            bmc=self._bmc(),
        )

    def disks(self) -> tuple[Disk, ...]:
        """The disks as they are at this moment, without what they hold."""
        return disks.read(self.sys_root)

    def boot_mode(self) -> str:
        """How the firmware booted this kernel: `uefi` or `bios`."""
        return "uefi" if (self.sys_root / "firmware/efi").is_dir() else "bios"

    def boot_id(self) -> str:
        """The kernel's random name of this boot."""
        return self._read("sys/kernel/random/boot_id").strip()

    def _bmc(self) -> BmcFacts:
        if not any(Path(device).exists() for device in ("/dev/ipmi0", "/dev/ipmi/0", "/dev/ipmidev/0")):
            return BmcFacts()
        deadline = time.monotonic() + _BMC_TIME_S

        def ask(words: list[str]) -> str:
            left = deadline - time.monotonic()
            return self._ask(["ipmitool", *words], min(5.0, left)) if left > 0 else ""

        return bmc.read(ask)

    def _ask(self, argv: list[str], timeout_s: float = 10) -> str:
        try:
            return self._commands.run(argv, timeout_s)
        except MachineFailed:
            return ""

    def _read(self, name: str) -> str:
        try:
            return (self._proc / name).read_text(errors="replace")
        except OSError:
            return ""
