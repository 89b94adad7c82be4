"""The BMCs of the fleet, behind one unix socket: each is as slow, flaky, late, lying or dead as it was built.

One JSON line a connection: {"act", "address", "machine", "user", "password", "uefi"} → {"value"} or {"refused"}.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fleet.machine import Machine
from fleet.rack import BMC_PASSWORD, BMC_USER, Body, Oddity
from fleet.truth import PowerAct, Truth, now_us

NEVER_S = 60.0
SHUTS_DOWN = 0.7  # of the systems that are asked to


class Bmcs:
    """By address. An address that nobody has never answers."""

    def __init__(self, machines: Sequence[Machine], truth: Truth, seed: int) -> None:
        self._by_address = {machine.body.bmc_address: machine for machine in machines if machine.body.bmc_address}
        self._truth = truth
        self._rng = random.Random(f"bmc/{seed}")
        self._late: set[asyncio.Task[None]] = set()

    async def serve(self, socket: Path) -> asyncio.Server:
        return await asyncio.start_unix_server(self._answer, socket)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, ValueError):
            asked: dict[str, Any] = json.loads(await reader.readline())
            answer = await self._told(asked)
            writer.write(answer if isinstance(answer, bytes) else json.dumps(answer).encode() + b"\n")
            await writer.drain()
        writer.close()

    async def _told(self, asked: dict[str, Any]) -> dict[str, object] | bytes:
        machine = self._by_address.get(str(asked["address"]))
        if machine is None:
            await asyncio.sleep(NEVER_S)
            return b""
        if asked["act"] in ("power_on", "power_off", "power_soft"):
            act = PowerAct(now_us(), str(asked["act"]), str(asked["machine"]), machine.body.name)
            self._truth.power.append(act)
        body = machine.body
        if (rubbish := await self._misbehave(body)) is not None:
            return rubbish
        if (asked["user"], asked["password"]) != (BMC_USER, BMC_PASSWORD):
            return {"refused": "bmc_login_refused"}
        if asked["act"] in ("power_on", "power_off", "power_soft", "netboot_once"):
            self._carry_out(machine, asked)
            return {"value": ""}
        return {"value": _state(machine, str(asked["act"]))}

    async def _misbehave(self, body: Body) -> bytes | None:
        """Waits as this BMC does; bytes are what it says instead of an answer."""
        if body.has(Oddity.BMC_DEAD):
            await asyncio.sleep(NEVER_S)
        if body.has(Oddity.BMC_SLOW):
            await asyncio.sleep(self._rng.choice((0.3, 0.8, 1.5, 4.0)))
        if body.has(Oddity.BMC_FLAKY) and self._rng.random() < 0.25:
            self._truth.faults["BMC did not answer"] += 1
            await asyncio.sleep(NEVER_S)
        if body.has(Oddity.BMC_RUBBISH) and self._rng.random() < 0.4:
            self._truth.faults["BMC talked rubbish"] += 1
            return self._rng.choice((b"", b"\xff\xfe\x00garbage\n", b'{"value": 7}\n', b'{"valu'))
        await asyncio.sleep(self._rng.uniform(0.0, 0.05))
        return None

    def _carry_out(self, machine: Machine, asked: dict[str, Any]) -> None:
        if machine.body.has(Oddity.BMC_LYING):
            return
        if asked["act"] == "power_soft":
            if self._rng.random() < SHUTS_DOWN:
                self._later(machine, "power_off", self._rng.uniform(0.3, 2.0))
        elif machine.body.has(Oddity.BMC_LATE):
            self._truth.faults["BMC acted late"] += 1
            self._later(machine, str(asked["act"]), self._rng.uniform(0.2, 2.5))
        else:
            _act(machine, str(asked["act"]))

    def _later(self, machine: Machine, act: str, after_s: float) -> None:
        async def wait() -> None:
            await asyncio.sleep(after_s)
            _act(machine, act)

        task = asyncio.create_task(wait())
        self._late.add(task)
        task.add_done_callback(self._late.discard)


def _act(machine: Machine, act: str) -> None:
    match act:
        case "power_on":
            machine.power_on()
        case "power_off":
            machine.power_off()
        case _:
            machine.netboot_once = True


def _state(machine: Machine, act: str) -> str:
    body = machine.body
    match act:
        case "power":
            return "on" if machine.on else "off"
        case "guid":
            return body.uuid
        case "fru_serial":
            return "" if body.has(Oddity.BMC_WITHOUT_FRU) else body.serial
        case _:
            return ""
