"""One run of the fleet: a server, its machines, their bad luck, an operator; then calm, and the verdict."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from fleet.api import Api
from fleet.bmc import Bmcs
from fleet.checks import all_about_writing
from fleet.checks_of_limits import limits_were_kept
from fleet.checks_of_record import all_about_the_record
from fleet.faults import FAULTS
from fleet.http import Unreachable
from fleet.line import Network
from fleet.machine import Machine, Phase
from fleet.observe import Observer
from fleet.operator import Operator
from fleet.rack import Body, build, oddities_of, register_csv
from fleet.seen import Final, InstallSeen, Sample
from fleet.site import POWER, STARTS, WRITES, Site
from fleet.truth import Truth
from fleet.violation import Violation
from fleet.watch import Watch

SAMPLE_S = 0.4
CHAOS_SHARE = 0.5  # of the time that a run may take; the rest is for what was begun to come to its end
MOVING = frozenset({"queued", "starting", "inspecting", "waiting", "granted", "installing", "first_boot"})


@dataclass(frozen=True, slots=True)
class Plan:
    """`database` is a PostgreSQL URL or empty for SQLite; `restart_database` is called once, amid everything."""

    machines: int = 300
    seed: int = 7
    faults: str = "default"
    database: str = ""
    processes: int = 1
    seconds: float = 240.0
    kills: int | None = None
    restart_database: Callable[[], None] | None = None


@dataclass(slots=True)
class Verdict:
    plan: Plan
    bodies: tuple[Body, ...]
    truth: Truth
    final: Final
    watch: Watch
    violations: list[Violation]
    wall_s: float
    oddities: dict[str, int] = field(default_factory=dict[str, int])

    def states(self) -> dict[str, int]:
        """Registered machines by the state of their latest install."""
        return dict(Counter(install.state for install in latest_by_name(self.final).values()).most_common())


class Run:
    """`look` is called about twice a second, for a view."""

    def __init__(self, plan: Plan, directory: Path, look: Callable[[Run], None] = lambda _: None) -> None:
        self.plan, self.faults = plan, FAULTS[plan.faults]
        self.truth, self.watch = Truth(), Watch()
        self.site = Site(directory, plan.processes, plan.database)
        self.bodies = build(plan.machines, plan.seed, self.faults)
        self.machines: list[Machine] = []
        self.sample: Sample | None = None
        self.began = time.monotonic()
        self.calm = False
        self._look = look
        self._rng = random.Random(f"run/{plan.seed}")
        self._names: dict[str, str] = {}
        self._restarting_database = False

    @property
    def left_s(self) -> float:
        return max(0.0, self.began + self.plan.seconds - time.monotonic())

    def latest(self) -> dict[str, InstallSeen]:
        """Each machine's latest install by hostname, as sampled last."""
        return _latest(self.sample.installs, self._names) if self.sample else {}

    async def run(self) -> Verdict:
        self.site.prepare(_leases(self.bodies))
        network = Network(self.site.doors, self.faults, self.truth)
        self.machines = [Machine(body, network, self.truth, self.plan.seed) for body in self.bodies]
        observer = Observer(self.site.database_url(), STARTS, WRITES, POWER)
        bmcs = await Bmcs(self.machines, self.truth, self.plan.seed).serve(self.site.bmcs)
        tasks: list[asyncio.Task[None]] = []
        try:
            self.site.start_all()
            api = Api(self.site.api, self.site.token())
            await self._fill_register(api)
            self._names = {m.id: m.hostname for m in observer.final().machines.values()}
            racks = {body.name: body.row.rack for body in self.bodies if body.row}
            self.watch.rack_of = {id_: racks[name] for id_, name in self._names.items()}
            tasks.append(asyncio.create_task(self._keep_running()))
            tasks.append(asyncio.create_task(self._observe(observer)))
            await self._story(network, api)
            await self._forever_alive(tasks)
            return await self._judge(observer, api)
        finally:
            for task in tasks:
                task.cancel()
            for machine in self.machines:
                machine.power_off()
            bmcs.close()
            self.site.stop()
            observer.close()

    async def _fill_register(self, api: Api) -> None:
        image = self.site.image.read_bytes()
        path = f"/images/tiny?compression=none&raw_bytes={len(image)}"
        for method, where, body, kind in (
            ("PUT", path, image, "application/octet-stream"),
            ("POST", "/machines/import", register_csv(self.bodies), "text/csv"),
        ):
            said = await api.send(method, where, body, kind)
            if not said.ok:
                raise RuntimeError(f"{method} {where}: {said.status} {str(said.body)[:500]}")

    async def _story(self, network: Network, api: Api) -> None:
        """Everything is armed; trouble for half of the time; then calm, until nothing moves any more."""
        operator = Operator(api, self.machines, self.truth, self.plan.seed, self.latest)
        for machine in self.machines:
            if machine.body.row is None or self._rng.random() < 0.2:
                machine.power_on()  # clones and machines that somebody left on
        await operator.arm_all()
        trouble: list[asyncio.Task[None]] = []
        if self.faults.acts:
            trouble.append(asyncio.create_task(operator.meddle(self.faults.acts)))
        trouble.append(asyncio.create_task(self._kill_now_and_then()))
        if self.plan.faults != "none":
            await asyncio.sleep(self.plan.seconds * CHAOS_SHARE)
        else:
            await self._settled()
        for task in trouble:
            task.cancel()
        await asyncio.gather(*trouble, return_exceptions=True)
        self.calm = network.calm = True
        for machine in self.machines:
            machine.be_calm()
        if self.faults.acts:
            await operator.tidy_up()
        await network.settle()
        await self._settled()

    async def _settled(self) -> None:
        """Until no install moves any more in several samples after one another, or the time is over."""
        still = 0
        seen = self.watch.samples
        while self.left_s and still < 4:
            await asyncio.sleep(SAMPLE_S)
            if self.sample and self.watch.samples > seen:
                seen = self.watch.samples
                still = 0 if self._moves() else still + 1

    def _moves(self) -> bool:
        """One that waits and is not there any more waits for longer than anybody looks."""
        idle = {machine.body.name for machine in self.machines if machine.phase is Phase.RAM_OS}
        return any(
            install.state in MOVING and (install.state != "waiting" or name in idle)
            for name, install in self.latest().items()
        )

    async def _observe(self, observer: Observer) -> None:
        while True:
            try:
                self.sample = await asyncio.to_thread(observer.sample)
                self.watch.see(self.sample)
            except SQLAlchemyError:
                if not self._restarting_database:
                    raise
            self._look(self)
            await asyncio.sleep(SAMPLE_S)

    async def _keep_running(self) -> None:
        """As the server's own parent would: what ends is started again."""
        while True:
            for name in self.site.watch():
                self.site.start(name)
            await asyncio.sleep(0.5)

    async def _kill_now_and_then(self) -> None:
        kills = self.faults.kills if self.plan.kills is None else self.plan.kills
        restart = self.plan.restart_database
        if not kills and not restart:
            return
        pause = self.plan.seconds * CHAOS_SHARE / (kills + 1)
        restart_after = kills // 2
        for number in range(kills + 1):
            await asyncio.sleep(pause * self._rng.uniform(0.5, 1.3))
            if restart and number == restart_after:
                await self._restart_database(restart)
            if number < kills:
                await self._kill(self._rng.choice(self.site.names))

    async def _kill(self, name: str) -> None:
        self.truth.kills[name.rstrip("0123456789")] += 1
        self.site.kill(name)
        try:
            await asyncio.sleep(self._rng.uniform(0.1, 2.0))
        finally:
            self.site.start(name)

    async def _restart_database(self, restart: Callable[[], None]) -> None:
        self.truth.kills["database"] += 1
        self._restarting_database = True
        await asyncio.to_thread(restart)
        await asyncio.sleep(5.0)
        self._restarting_database = False

    async def _forever_alive(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        """A fleet that stopped looking has seen nothing."""
        for task in tasks:
            if task.done():
                task.result()

    async def _judge(self, observer: Observer, api: Api) -> Verdict:
        texts = await _texts(api)
        for machine in self.machines:
            machine.power_off()
        final = await asyncio.to_thread(observer.final)
        disks = {machine.body.name: machine.hardware.disks for machine in self.machines}
        found = [
            *self.watch.violations,
            *limits_were_kept(self.watch.exceeded, final),
            *all_about_writing(self.truth, final, self.bodies, self.watch.over),
            *all_about_the_record(self.truth, final, disks, texts),
            *self._bugs(),
        ]
        return Verdict(
            self.plan, self.bodies, self.truth, final, self.watch, found, time.monotonic() - self.began,
            oddities_of(self.bodies),
        )  # fmt: skip

    def _bugs(self) -> list[Violation]:
        rule = "the server has no bug that shows"
        restarted = self.truth.kills["database"] > 0
        found = [Violation(rule, "", text) for text in sorted(set(self.truth.broken)) if not restarted]
        found += [
            Violation(rule, "", f"{ended.name} ended by itself ({ended.status}): {ended.said}")
            for ended in self.site.ended
            if not restarted
        ]
        found += [
            Violation(rule, "", f"{name} logged a traceback: {text}")
            for name, text in self.site.tracebacks()
            if not (restarted and "OperationalError" in text)
        ]
        usable = "the server answers what a machine can use"
        return found + [
            Violation(usable, machine.body.name, bug) for machine in self.machines for bug in sorted(set(machine.bugs))
        ]


async def _texts(api: Api) -> dict[str, str]:
    """What the API says of each live install."""
    for _ in range(60):
        try:
            said = await api.get("/installs", live="true")
            if said.ok:
                return {one["id"]: one["text"] for one in said.body["installs"]}
        except Unreachable:
            pass
        await asyncio.sleep(0.5)
    return {}


def _leases(bodies: Sequence[Body]) -> str:
    """The DHCP server's file: each port has its own address."""
    return "".join(f"4102444800 {port.mac} {port.address} {body.name} *\n" for body in bodies for port in body.ports)


def latest_by_name(final: Final) -> dict[str, InstallSeen]:
    names = {machine.id: machine.hostname for machine in final.machines.values()}
    return _latest(tuple(final.installs.values()), names)


def _latest(installs: Sequence[InstallSeen], names: dict[str, str]) -> dict[str, InstallSeen]:
    """Ids are ordered by the time they were made at."""
    found: dict[str, InstallSeen] = {}
    for install in sorted(installs, key=lambda one: one.id):
        name = names.get(install.machine)
        if name:
            found[name] = install
    return found
