"""One simulated machine: power, firmware, RAM OS, installed system, and what befalls it meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import enum
import random
from collections import Counter

from fleet.agent import Agent, Boot
from fleet.disks import System
from fleet.firmware import Script, netboot
from fleet.hardware import Hardware
from fleet.line import Line, Network
from fleet.rack import Body, Oddity
from fleet.system import NotASystem, first_boot
from fleet.truth import Truth

LOOK_S = 0.5  # how often bad luck is drawn
WRITING_IS_WORSE = 4.0  # for a write takes seconds here, not minutes


class Phase(enum.StrEnum):
    OFF = "off"
    FIRMWARE = "firmware"
    RAM_OS = "RAM OS"
    WRITING = "writing"
    FIRST_BOOT = "first boot"
    SYSTEM = "system runs"
    NO_SYSTEM = "nothing to boot"


class Machine:
    """`netboot_once` is what its BMC was asked for, and holds for one boot."""

    def __init__(self, body: Body, network: Network, truth: Truth, seed: int) -> None:
        self.body = body
        self.netboot_once = False
        self.bugs: list[str] = []
        self._rng = random.Random(f"machine/{seed}/{body.name}")
        self._network, self._truth = network, truth
        self.hardware = Hardware(body, network.faults, self._rng)
        self.line = Line(network, self._rng)
        self._agent: Agent | None = None
        self._resting = Phase.OFF
        self._life: asyncio.Task[None] | None = None
        self._comes_back: asyncio.Task[None] | None = None

    @property
    def on(self) -> bool:
        return self._life is not None and not self._life.done()

    @property
    def phase(self) -> Phase:
        if self._agent and self._agent.writing():
            return Phase.WRITING
        return self._resting

    def writing_for(self) -> tuple[str, int] | None:
        """The install and attempt for which it writes right now."""
        if self._agent and self._agent.writer and self._agent.writing():
            claim = self._agent.writer.claim
            return claim.install, claim.attempt
        return None

    def out_of_reach(self) -> bool:
        """Whether what the server says does not reach its agent now."""
        hung_until = self._agent.hung_until if self._agent else 0.0
        return self.line.is_cut() or asyncio.get_running_loop().time() < hung_until

    def power_on(self) -> None:
        if not self.on:
            self._life = asyncio.create_task(self._live())

    def power_off(self) -> None:
        if self._comes_back:
            self._comes_back.cancel()
        if self._life:
            self._life.cancel()
        self._life, self._agent, self._resting = None, None, Phase.OFF
        self.line.restore()

    def be_calm(self) -> None:
        """No more bad luck from here on."""
        self.hardware.calm = True
        self.line.restore()
        if self._agent:
            self._agent.hung_until = 0.0

    async def _live(self) -> None:
        fate = asyncio.create_task(self._befall())
        try:
            while True:
                await self._boot()
        except asyncio.CancelledError:
            raise
        except Exception as bug:
            # Not the server's: but a machine that is dead for no reason would hide what the server does.
            self.bugs.append(f"{type(bug).__name__}: {bug}")
        finally:
            fate.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await fate

    async def _boot(self) -> None:
        """Firmware to the end of whatever ran; returns at a reboot."""
        self._resting = Phase.FIRMWARE
        await asyncio.sleep(self._rng.uniform(0.05, 0.5))
        by_network = self.netboot_once or self.body.network_first
        self.netboot_once = False
        disk = self.hardware.disks[0]
        if by_network or not disk.bootable():
            port = await self._ask()
            if port is not None:
                await self._ram_os(port)
                return
        if not disk.bootable():
            self._resting = Phase.NO_SYSTEM
            await asyncio.sleep(self._rng.uniform(2.0, 5.0))
            return
        await self._system()

    async def _ask(self) -> int | None:
        """The port by which the RAM OS was loaded; None for the local disk."""
        ports = (0, 1) if self.body.has(Oddity.BOTH_PORTS_ASK) else (0,)
        loaded: int | None = None
        for port in ports:
            try:
                script = await netboot(self.hardware, self.line, self._rng, port)
            except ValueError as error:
                self.bugs.append(str(error))
                script = Script()
            if script and script.ram_os:
                loaded = port
        return loaded

    async def _ram_os(self, port: int) -> None:
        self._resting = Phase.RAM_OS
        await asyncio.sleep(self._rng.uniform(0.1, 0.6))
        boot = Boot(self.hardware.new_boot_id())
        ended = False
        while not ended:
            self._agent = Agent(self.hardware, self.line, self._truth, self._rng, port, boot)
            try:
                ended = await self._agent.run()
            finally:
                self._agent = None
            await asyncio.sleep(self._rng.uniform(0.1, 1.0))

    async def _system(self) -> None:
        disk = self.hardware.disks[0]
        await asyncio.sleep(self._rng.uniform(0.1, 0.5))
        if isinstance(disk.holds, System) and not disk.holds.reported:
            self._resting = Phase.FIRST_BOOT
            try:
                await first_boot(self.hardware, disk, disk.holds, self.line, self._truth, self._rng)
            except NotASystem as error:
                self.bugs.append(str(error))
        self._resting = Phase.SYSTEM
        await asyncio.Event().wait()  # until the power goes

    async def _befall(self) -> None:
        """Bad luck, drawn twice a second."""
        faults = self._network.faults
        while not self.hardware.calm:
            await asyncio.sleep(LOOK_S)
            writing = self.phase is Phase.WRITING
            chances = (
                ("power loss", faults.power_loss_writing if writing else faults.power_loss),
                ("cut off", faults.cut_off * (WRITING_IS_WORSE if writing else 1.0)),
                ("hung agent", faults.hung * (WRITING_IS_WORSE if writing else 1.0) if self._agent else 0.0),
                ("agent died", faults.agent_dies * (WRITING_IS_WORSE if writing else 1.0) if self._agent else 0.0),
            )  # fmt: skip
            for name, chance in chances:
                if not self.hardware.calm and self._rng.random() < chance * LOOK_S:
                    self._suffer(name, writing)
                    break

    def _suffer(self, what: str, writing: bool) -> None:
        self._truth.faults[f"{what} while writing" if writing else what] += 1
        match what:
            case "power loss":
                self._comes_back = asyncio.create_task(self._lose_power())
            case "cut off":
                self.line.cut(self._rng.uniform(2.0, 20.0), talk_only=self._rng.random() < 0.5)
            case "agent died":
                if self._agent:
                    self._agent.die()
            case _:
                if self._agent:
                    until = asyncio.get_running_loop().time() + self._rng.choice((3.0, 8.0, 20.0, 1000.0))
                    self._agent.hung_until = until

    async def _lose_power(self) -> None:
        """What comes back by itself boots in its own order: nobody asked it to netboot."""
        if self._life:
            self._life.cancel()
        self._life, self._agent, self._resting = None, None, Phase.OFF
        self.netboot_once = self.netboot_once and self._rng.random() < 0.5
        await asyncio.sleep(self._rng.uniform(0.5, 4.0))
        if self._rng.random() < 0.7:
            self.power_on()


def phases(machines: list[Machine]) -> dict[str, int]:
    counted = Counter(machine.phase for machine in machines)
    return {phase.value: counted[phase] for phase in Phase if counted[phase]}
