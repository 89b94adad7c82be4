"""The installed system of a simulated machine: its first boot reads what was written to its disk, and phones home."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from urllib.parse import urlencode

from fleet.disks import SimulatedDisk, System
from fleet.hardware import Hardware
from fleet.http import Answer, Unreachable
from fleet.line import Line
from fleet.truth import PhonedHome, Truth, now_us
from rackwright_wire.messages import SystemFile

ENVIRONMENT = "/etc/rackwright/first-boot.env"
LONGEST_PAUSE_S = 3.0


class NotASystem(Exception):
    """What was written would not find its way home: its text says what is missing."""


def environment_of(files: tuple[SystemFile, ...]) -> dict[str, str]:
    """What the first boot's script would source. Raises NotASystem."""
    text = next((file.text for file in files if file.path == ENVIRONMENT), None)
    if text is None:
        raise NotASystem(f"{ENVIRONMENT} is not there")
    given = {name: value for line in text.splitlines() for name, _, value in [line.partition("=")]}
    missing = {"RACKWRIGHT_URL", "RACKWRIGHT_INSTALL", "RACKWRIGHT_TOKEN"} - given.keys()
    if missing:
        raise NotASystem(f"{ENVIRONMENT} has no {', '.join(sorted(missing))}")
    return given


async def first_boot(
    hardware: Hardware, disk: SimulatedDisk, system: System, line: Line, truth: Truth, rng: random.Random
) -> None:
    """Returns when it was heard, or told that nobody waits for it; then it never does it again."""
    environment = environment_of(system.plan.files)
    form = urlencode({
        "install": environment["RACKWRIGHT_INSTALL"], "token": environment["RACKWRIGHT_TOKEN"],
        "hostname": system.plan.hostname, "root_disk_serial": disk.serial, "boot_mode": hardware.boot_mode,
        "addresses": hardware.body.ports[0].address, "boot_id": hardware.new_boot_id(), "script_exit": "0",
    }).encode()  # fmt: skip
    heard = _note(truth, hardware.body.name, system)
    pause_s = 0.3
    while True:
        try:
            kind = ("Content-Type: application/x-www-form-urlencoded",)
            source = hardware.body.ports[0].address
            answer = await line.ask("POST", "/v1/phone-home", form, kind, source=source, heard=heard)
            if (answer.status == 200 and answer.body.strip() == b"ok") or answer.status == 410:
                break
        except Unreachable:
            pass
        await asyncio.sleep(pause_s * rng.uniform(0.8, 1.2))
        pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
    system.reported = True


def _note(truth: Truth, machine: str, system: System) -> Callable[[int, Answer], None]:
    def heard(_sent_at: int, answer: Answer) -> None:
        if answer.status == 200 and answer.body.strip() == b"ok":
            truth.phoned.append(PhonedHome(now_us(), machine, system.install, system.attempt, system.image))

    return heard
