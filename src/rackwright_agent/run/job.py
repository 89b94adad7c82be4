"""What every step of one install works with. The steps pass what they learn on as values, never through here."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rackwright_agent.commands import Commands
from rackwright_agent.console import Console
from rackwright_agent.door import Door
from rackwright_agent.failures import Stopped
from rackwright_agent.outbox import Outbox
from rackwright_agent.run.progress import ProgressMeter
from rackwright_wire.facts import Disk
from rackwright_wire.messages import WritePlan


@dataclass(frozen=True, slots=True)
class Job:
    """`disks` reads the machine's disks afresh; `boot_mode` is how its firmware booted."""

    plan: WritePlan
    disks: Callable[[], tuple[Disk, ...]]
    boot_mode: str
    door: Door
    commands: Commands
    outbox: Outbox
    progress: ProgressMeter
    console: Console
    stop: threading.Event
    reboot: Callable[[], None]
    sys_root: Path
    mount_point: Path = Path("/run/rackwright/root")

    def check_stop(self) -> None:
        """Raises Stopped as soon as the server has taken the right to write away."""
        if self.stop.is_set():
            raise Stopped("stopped by the server")
