"""One install in the RAM OS of a simulated machine: the real agent's steps, each announced, on a simulated disk."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from fleet.disks import Partly, SimulatedDisk, System
from fleet.hardware import Hardware
from fleet.http import Answer, Unreachable
from fleet.line import Line
from fleet.outbox import Outbox
from fleet.truth import Truth, Write, now_us
from rackwright_wire.messages import Claim, Progress, WritePlan

T = TypeVar("T")
CHUNKS = 6  # range requests of one image
SLOWER = 10.0
GIVE_UP_S = 40.0  # without a byte


class Stopped(Exception):
    """The server took the right to write back."""


class Failed(Exception):
    """A step failed; its text says why."""


class Writer:
    """Runs until it has handed over, failed, was stopped, or the power went."""

    def __init__(
        self, hardware: Hardware, line: Line, truth: Truth, rng: random.Random, outbox: Outbox, plan: WritePlan,
        claim: Claim, token: str, source: str, reboots: asyncio.Event,
    ) -> None:  # fmt: skip
        self.claim = claim
        self._hardware, self._line, self._truth, self._rng, self._outbox = hardware, line, truth, rng, outbox
        self._plan, self._token, self._source, self._reboots = plan, token, source, reboots
        self._done = 0
        self._step = ""
        self._stopped = False
        self._seen = truth.session(claim.session, hardware.body.name)
        self._task = asyncio.create_task(self._install())

    def running(self) -> bool:
        return not self._task.done()

    def stop(self) -> None:
        """Told by the server: nothing is written from here on."""
        self._stopped = True
        self._task.cancel()

    def cut_off(self) -> None:
        """The power went, or the machine reboots."""
        self._task.cancel()

    def progress(self) -> Progress:
        return Progress(self._step, self._done, self._plan.image.raw_bytes, 0)

    async def _install(self) -> None:
        try:
            disk = await self._in_step("find_disk", self._find)
            await self._in_step("discard", lambda: self._discard(disk))
            await self._in_step("write_image", self._fetch)
            for name in ("verify", "grow", "identity", "configure", "boot"):
                await self._in_step(name, self._work)
            await self._hand_over(disk)
        except (Stopped, Failed):
            return

    async def _find(self) -> SimulatedDisk:
        found = [d for d in self._hardware.disks if d.serial == self._plan.disk.serial]
        if len(found) != 1:
            raise Failed(f"{len(found)} disks are called {self._plan.disk.serial}")
        return found[0]

    async def _discard(self, disk: SimulatedDisk) -> None:
        """From here on what was there is gone."""
        claim = self.claim
        written = Write(
            now_us(), self._hardware.body.name, disk.serial, claim.install, claim.attempt, claim.session, disk.kind()
        )
        self._truth.writes.append(written)
        disk.holds = Partly(claim.install, claim.attempt)
        await self._work()

    async def _fetch(self) -> None:
        image, got = self._plan.image, bytearray()
        size, slower = max(1, -(-image.size_bytes // CHUNKS)), SLOWER if self._hardware.is_slow() else 1.0
        while len(got) < image.size_bytes:
            got += await self._chunk(len(got), min(len(got) + size, image.size_bytes))
            self._done = len(got)
            await asyncio.sleep(self._rng.uniform(0.1, 0.7) * slower)
        if hashlib.sha256(got).hexdigest() != image.sha256:
            raise Failed("the image that came has another digest than the one that was ordered")

    async def _chunk(self, first: int, end: int) -> bytes:
        headers = (f"Range: bytes={first}-{end - 1}", f"Authorization: Bearer {self._token}")

        def heard(sent_at: int, answer: Answer) -> None:
            if answer.status in (200, 206):
                self._seen.went_on = max(self._seen.went_on, sent_at)

        give_up = asyncio.get_running_loop().time() + GIVE_UP_S
        while asyncio.get_running_loop().time() < give_up:
            try:
                answer = await self._line.ask(
                    "GET", self._plan.image.path, headers=headers, source=self._source, heard=heard, talk=False
                )
            except Unreachable:
                await asyncio.sleep(0.3)
                continue
            if answer.status in (401, 409):
                raise Stopped
            if answer.status < 500 and answer.status != 206:
                raise Failed(f"the server does not serve the image: {answer.status}")
            if answer.status == 206:
                return answer.body
            await asyncio.sleep(0.3)
        raise Failed("the image stopped coming")

    async def _work(self) -> None:
        await asyncio.sleep(self._rng.uniform(0.01, 0.15))

    async def _hand_over(self, disk: SimulatedDisk) -> None:
        if self._stopped:
            raise Stopped
        claim = self.claim
        disk.holds = System(claim.install, claim.attempt, self._plan.image.sha256, self._plan)
        seq = self._outbox.add(
            "handing_over",
            {
                "boot_mode": self._hardware.boot_mode, "esp_volume_id": "1A2B-3C4D", "root_uuid": claim.install,
                "disk_serial": disk.serial,
            },
        )  # fmt: skip
        await self._outbox.wait_accepted(seq)
        self._reboots.set()

    async def _in_step(self, name: str, work: Callable[[], Awaitable[T]]) -> T:
        if self._stopped:
            raise Stopped
        self._outbox.add("step_started", {"step": name})
        self._step, self._done = name, 0
        try:
            result = await work()
            if self._hardware.breaks():
                raise Failed("Input/output error")
        except Failed as error:
            self._outbox.add("step_failed", {"step": name, "error": str(error)})
            self._outbox.add("install_failed", {"step": name, "error": str(error)})
            raise
        self._outbox.add("step_finished", {"step": name, "seconds": 0.1})
        return result
