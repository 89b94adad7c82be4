"""The processors, from the text of /proc/cpuinfo (x86 and ARM)."""

from __future__ import annotations

from rackwright_wire.facts import Cpu


def parse(cpuinfo: str) -> Cpu:
    """Counts packages and cores by their ids; without ids (ARM, small virtual machines) one core a thread."""
    model, threads = "", 0
    cores: set[tuple[str, str]] = set()
    for block in cpuinfo.split("\n\n"):
        values = {
            name.strip(): value.strip() for name, _, value in (line.partition(":") for line in block.splitlines())
        }
        if "processor" not in values:
            continue
        threads += 1
        model = model or values.get("model name", "")
        cores.add((values.get("physical id", "0"), values.get("core id", values["processor"])))
    return Cpu(model, len({package for package, _ in cores}), len(cores), threads)
