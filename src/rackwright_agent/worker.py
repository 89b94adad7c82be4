"""The thread that installs, and what the conversation may make happen on this machine."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from rackwright_agent import clock
from rackwright_agent.commands import Commands
from rackwright_agent.console import Console
from rackwright_agent.conversation import Install
from rackwright_agent.door import Door
from rackwright_agent.observe.machine import Machine
from rackwright_agent.outbox import Outbox
from rackwright_wire.facts import Facts
from rackwright_wire.messages import Progress, WritePlan


class Worker:
    """One install in a thread of its own."""

    def __init__(
        self, work: Callable[[], None], halt: Callable[[], None], progress: Callable[[], Progress | None]
    ) -> None:
        self._thread = threading.Thread(target=work, daemon=True, name="install")
        self._halt = halt
        self._progress = progress
        self._thread.start()

    def running(self) -> bool:
        return self._thread.is_alive()

    def progress(self) -> Progress | None:
        return self._progress()

    def wait(self, timeout_s: float) -> None:
        self._thread.join(timeout=timeout_s)

    def stop(self) -> None:
        """Ends tools and writes at once; returns when the disks are read-only or after half a minute."""
        self._halt()
        self._thread.join(timeout=30)


class MachineHands:
    """The real machine: its facts, clock, disks and reset."""

    def __init__(self, machine: Machine, door: Door, console: Console, boot_mac: str) -> None:
        self._machine = machine
        self._door = door
        self._console = console
        self._boot_mac = boot_mac
        self._commands = Commands()

    def facts(self) -> Facts:
        return self._machine.facts(self._boot_mac)

    def set_clock(self, server_time_us: int) -> str:
        return clock.follow(server_time_us, self._commands)

    def begin_install(self, plan: WritePlan, outbox: Outbox) -> Install:
        """Imports what installs only now: a machine that idles never needs it."""
        from rackwright_agent.run.install import install
        from rackwright_agent.run.job import Job
        from rackwright_agent.run.progress import ProgressMeter

        stop, commands, meter = threading.Event(), Commands(), ProgressMeter()
        # Its own door: the image's connection must not change what the conversation's token is.
        door = Door(self._door.server)
        door.token = self._door.token
        job = Job(
            plan=plan,
            disks=self._machine.disks,
            boot_mode=self._machine.boot_mode(),
            door=door,
            commands=commands,
            outbox=outbox,
            progress=meter,
            console=self._console,
            stop=stop,
            reboot=self.reboot,
            sys_root=self._machine.sys_root,
        )

        def halt() -> None:
            stop.set()
            commands.stop()

        return Worker(lambda: install(job), halt, meter.read)

    def reboot(self) -> None:
        """Does not come back; a machine whose `reboot` hangs is reset by the kernel itself."""
        self._console.say("rebooting")
        try:
            Commands().run(["reboot", "-f"], 20)
        finally:
            Path("/proc/sysrq-trigger").write_text("b")
        time.sleep(60)
