"""What every disk holds. Reads only, within a time limit, and never fails a report: a disk at which nobody could
look has None. Assembles no array, activates no volume group, opens nothing that is encrypted."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

from rackwright_agent.commands import Commands
from rackwright_agent.failures import AgentError
from rackwright_agent.observe import samples, signatures
from rackwright_agent.observe.partitions import KnownPartition, partitions
from rackwright_agent.observe.systems import MOUNTABLE, Systems
from rackwright_wire.facts import Contents, Disk, FoundSystem, Part

LOOK_S = 20.0  # all disks together, each in a thread of its own
_SAMPLE_S = 4.0  # of these, for reading samples of one disk
_PROBE_S = 5.0
MOST_PARTS = 64
MOST_SYSTEMS = 8
MOST_PARTS_IN_ALL = 1024  # a report has a limit, and no disk may keep a machine from sending one
# Another machine may be writing there: only signatures and samples are read.
_NOT_MOUNTED = frozenset(("fc", "iscsi", "nvmeof", "srp", "usb"))


class Look:
    """Looks at disks again and again during one boot; a disk on which a look hangs is not looked at a second time."""

    def __init__(self, commands: Commands, sys_root: Path, systems: Systems | None = None) -> None:
        self._commands = commands
        self._sys_root = sys_root
        self._systems = systems or Systems(commands, sys_root)
        self._at_work: dict[str, threading.Thread] = {}

    def at(self, disks: tuple[Disk, ...], within_s: float = LOOK_S) -> tuple[Disk, ...]:
        """The same disks with what they hold."""
        deadline = time.monotonic() + within_s
        found: dict[str, Contents] = {}
        begun: list[threading.Thread] = []
        for disk in disks:
            before = self._at_work.get(disk.device)
            if before and before.is_alive():
                continue
            thread = threading.Thread(target=self._note, args=(disk, deadline, found), daemon=True, name="look")
            self._at_work[disk.device] = thread
            thread.start()
            begun.append(thread)
        for thread in begun:
            thread.join(max(0.0, deadline - time.monotonic()))
        return _within_bounds(disks, dict(found))

    def _note(self, disk: Disk, deadline: float, found: dict[str, Contents]) -> None:
        try:
            fd = os.open(disk.device, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return
        try:
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_RANDOM)
            found[disk.device] = self._look(disk, fd, deadline)
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        except (AgentError, OSError):
            return
        finally:
            os.close(fd)

    def _look(self, disk: Disk, fd: int, deadline: float) -> Contents:
        """Raises AgentError or OSError when it cannot say."""
        known = partitions(self._sys_root, disk.device)
        parts = [*self._probe(disk.device, 0, disk.size_bytes, deadline)]
        read_until = min(deadline, time.monotonic() + _SAMPLE_S)
        taken = samples.take(fd, 0, disk.size_bytes, read_until, edges_count=not parts)
        for partition in known[:MOST_PARTS]:
            probed = self._probe(partition.node, partition.number, partition.length, deadline)
            parts += probed or [_without_signature(fd, partition, read_until)]
        parts = parts[:MOST_PARTS]
        systems = self._find_systems(disk, known, parts, deadline)
        return Contents(tuple(parts), systems, taken.sampled, taken.filled, taken.digest)

    def _probe(self, node: str, number: int, size_bytes: int, deadline: float) -> tuple[Part, ...]:
        limit = max(0.1, min(_PROBE_S, deadline - time.monotonic()))
        answer = self._commands.run([*signatures.COMMAND, node], limit, signatures.STATUSES)
        return signatures.parts(answer, number, size_bytes)

    def _find_systems(
        self, disk: Disk, known: tuple[KnownPartition, ...], parts: list[Part], deadline: float
    ) -> tuple[FoundSystem, ...]:
        if disk.transport in _NOT_MOUNTED:
            return ()
        nodes = {0: disk.device, **{partition.number: partition.node for partition in known}}
        signed = Counter(part.number for part in parts if part.kind != "table")
        found: list[FoundSystem] = []
        for part in parts:
            # Of a device with several signatures nobody knows which one is true.
            if part.type in MOUNTABLE and part.kind == "filesystem" and signed[part.number] == 1:
                system = self._systems.find(nodes[part.number], part.number, part.type, deadline)
                if system and len(found) < MOST_SYSTEMS:
                    found.append(system)
        return tuple(found)


def _without_signature(fd: int, partition: KnownPartition, deadline: float) -> Part:
    """What could not be read counts as data."""
    taken = samples.take(fd, partition.start, partition.length, deadline)
    kind = "empty" if taken.sampled and not taken.filled else "data"
    return Part(partition.number, kind, size_bytes=partition.length)


def _within_bounds(disks: tuple[Disk, ...], found: dict[str, Contents]) -> tuple[Disk, ...]:
    told = 0
    result: list[Disk] = []
    for disk in disks:
        contents = found.get(disk.device)
        told += len(contents.parts) if contents else 0
        result.append(replace(disk, contents=contents if told <= MOST_PARTS_IN_ALL else None))
    return tuple(result)
