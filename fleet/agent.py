"""The RAM OS of a simulated machine: its agent's talk with the server, as the real one talks. It decides by obey.py."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from fleet.hardware import EarlierSession, Hardware
from fleet.http import Answer, Unreachable
from fleet.line import Line
from fleet.obey import Do, Memory, key_of, obey, plan_to_write
from fleet.outbox import Outbox
from fleet.truth import Granted, Truth, now_us
from fleet.writer import Writer
from rackwright_wire import PROTOCOL
from rackwright_wire.codec import NotAMessage, decode, encode
from rackwright_wire.messages import Act, Claim, Claimed, Join, Joined, Order, Poll, Report

T = TypeVar("T")
FASTER = 0.2  # an agent may poll earlier than it is told
LONGEST_POLL_S, WHILE_WRITING_S = 3.0, 0.4
FIRST_RETRY_S, LONGEST_RETRY_S, REFUSED_RETRY_S = 0.2, 2.0, 3.0


@dataclass(slots=True)
class Boot:
    """What outlives an agent that dies within one boot of the kernel. `writing` is the claim it was writing for."""

    boot_id: str
    memory: Memory = field(default_factory=Memory)
    session: str = ""
    writing: str = ""


class Agent:
    """One process. `run` returns True when the machine reboots, False when it died; a power loss cancels it."""

    def __init__(
        self, hardware: Hardware, line: Line, truth: Truth, rng: random.Random, boot_port: int, boot: Boot
    ) -> None:
        self.boot_id = boot.boot_id
        self.writer: Writer | None = None
        self.hung_until = 0.0
        self._hardware, self._line, self._truth, self._rng = hardware, line, truth, rng
        self._boot_port = boot_port
        self._source = hardware.body.ports[boot_port].address
        self._boot = boot
        self._session = self._token = ""
        self._outbox = Outbox()
        self._reboots, self._dies = asyncio.Event(), asyncio.Event()

    async def run(self) -> bool:
        talk = asyncio.create_task(self._talk())
        ends = asyncio.create_task(self._reboots.wait()), asyncio.create_task(self._dies.wait())
        try:
            done, _ = await asyncio.wait({talk, *ends}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
            return self._reboots.is_set()
        finally:
            for task in (talk, *ends):
                task.cancel()
            if self.writer:
                self.writer.cut_off()

    def die(self) -> None:
        self._dies.set()

    def writing(self) -> bool:
        return self.writer is not None and self.writer.running()

    async def _talk(self) -> None:
        order = await self._join()
        while True:
            order = await self._obey(order)

    async def _join(self) -> Order:
        facts = self._hardware.facts(self._boot_port)
        self._token = ""
        joined = await self._ask("/v1/join", lambda: encode(Join(PROTOCOL, self.boot_id, facts)), Joined)
        if joined is None:
            return Order(Act.INSPECT, next_poll_s=REFUSED_RETRY_S)
        self._token = joined.token
        if joined.session != self._session:
            await self._take_session(joined.session)
        return joined.order

    async def _take_session(self, session: str) -> None:
        """An agent that was started again goes on where its forerunner's events ended; what that one wrote is lost."""
        self._session = session
        self._hardware.sessions.append(EarlierSession(session, self.boot_id, self._token))
        started_again = self._boot.session == session
        self._outbox = Outbox(await self._already_accepted() if started_again else 0)
        self._boot.session = session
        if self._boot.writing and self.writer is None:
            self._outbox.add("install_failed", {"step": "agent", "error": "the agent ended in the middle"})
            self._boot.writing = ""

    async def _already_accepted(self) -> int:
        report = Report(self._session, self.boot_id, ())
        order = await self._ask("/v1/events", lambda: encode(report), Order, self._heard_order(report))
        return order.accepted_seq if order else 0

    async def _obey(self, order: Order) -> Order:
        match obey(self._boot.memory, order, self.writing()):
            case Do.GO_ON:
                return await self._next(order.next_poll_s)
            case Do.JOIN:
                await asyncio.sleep(_faster(order.next_poll_s))
                return await self._join()
            case Do.CLAIM:
                return await self._claim(order)
            case Do.STOP:
                self._stop()
                return await self._next(order.next_poll_s)
            case Do.REBOOT:
                self._reboots.set()
                return await self._next(order.next_poll_s)

    async def _claim(self, order: Order) -> Order:
        disk = order.disk
        assert disk is not None
        claim = Claim(self._session, self.boot_id, order.install, order.attempt, "image", (disk,))

        self._claim_as_an_earlier_boot(claim)
        claimed = await self._ask("/v1/claim", lambda: encode(claim), Claimed, self._heard_claim(claim))
        if claimed is None:
            return self._refused_for_good()
        plan = plan_to_write(disk, claimed)
        if not claimed.granted:
            return await self._next(order.next_poll_s)
        self._boot.memory = self._boot.memory.after_claim(key_of(order))
        if plan is None:
            self._outbox.add("install_failed", {"step": "find_disk", "error": "the plan names another disk"})
            return await self._next(order.next_poll_s)
        self._boot.writing = key_of(order)
        self.writer = Writer(
            self._hardware, self._line, self._truth, self._rng, self._outbox, plan, claim, self._token,
            self._source, self._reboots,
        )  # fmt: skip
        return await self._next(WHILE_WRITING_S)

    def _heard_claim(self, claim: Claim) -> Callable[[int, Answer], None]:
        def heard(_sent_at: int, answer: Answer) -> None:
            if answer.status == 200 and decode(Claimed, answer.body).granted:
                name, disk = self._hardware.body.name, claim.disks[0].serial
                grant = Granted(now_us(), name, claim.install, claim.attempt, claim.session, disk)
                self._truth.granted.append(grant)

        return heard

    def _claim_as_an_earlier_boot(self, claim: Claim) -> None:
        """An earlier boot of this machine that believes itself to be the live one. Nothing ever writes for it."""
        earlier = [one for one in self._hardware.sessions if one.session != self._session]
        if earlier and self._line.is_claimed_twice():
            one = self._rng.choice(earlier)
            stale = replace(claim, session=one.session, boot_id=one.boot_id)
            self._line.also("/v1/claim", encode(stale), one.headers(), self._source, self._heard_claim(stale))

    async def _next(self, wait_s: float) -> Order:
        wait_s = min(_faster(wait_s), WHILE_WRITING_S if self.writing() else LONGEST_POLL_S)
        await self._outbox.wait_for_event(wait_s)
        while asyncio.get_running_loop().time() < self.hung_until:
            await asyncio.sleep(0.2)
        waiting = self._outbox.waiting()
        if self._boot.writing and self.writer and not self.writing() and not waiting:
            self._boot.writing = ""
        if waiting:
            report = Report(self._session, self.boot_id, waiting)
            order = await self._ask("/v1/events", lambda: encode(report), Order, self._heard_order(report))
        else:
            progress = self.writer.progress() if self.writer and self.writing() else None
            poll = Poll(self._session, self.boot_id, progress.step if progress else "", progress)
            order = await self._ask("/v1/poll", lambda: encode(poll), Order, self._heard_order(None))
        if order is None:
            return self._refused_for_good()
        if order.act is Act.STOP:
            self._stop()  # before the events count as accepted: a hand-over that waits for that must not happen
        self._outbox.accept(order.accepted_seq)
        if waiting and self._outbox.waiting() == waiting:
            await asyncio.sleep(FIRST_RETRY_S)
        return order

    def _heard_order(self, report: Report | None) -> Callable[[int, Answer], None]:
        """Notes what the server now has, and whether it let this session write on."""
        seen = self._truth.session(self._session, self._hardware.body.name)
        for event in report.events if report else ():
            seen.send(event)

        def heard(sent_at: int, answer: Answer) -> None:
            if answer.status != 200:
                return
            order = decode(Order, answer.body)
            if report and not self._dies.is_set():  # an answer that nobody is there to hear acknowledges nothing
                seen.acknowledge(report.events, order.accepted_seq)
            if order.act is Act.CONTINUE:
                seen.went_on = max(seen.went_on, sent_at)

        return heard

    def _stop(self) -> None:
        self._boot.memory = self._boot.memory.after_stop()
        if self.writer:
            self.writer.stop()

    def _refused_for_good(self) -> Order:
        if self._boot.memory.claimed or self._boot.memory.stopped:
            self._stop()
            return Order(Act.STOP, "the server does not know this session any more", 60.0)
        return Order(Act.INSPECT, "the server does not know this session; joining again", 2.0)

    async def _ask(
        self, path: str, message: Callable[[], bytes], kind: type[T],
        heard: Callable[[int, Answer], None] = lambda _at, _answer: None,
    ) -> T | None:  # fmt: skip
        """Sends until it is answered; None when the server says that this session is over."""
        wait_s = FIRST_RETRY_S
        while True:
            try:
                answer = await self._line.ask(
                    "POST", path, message(), self._headers(), source=self._source, heard=heard
                )
            except Unreachable:
                answer = None
            if answer is not None:
                if answer.status == 200:
                    try:
                        return decode(kind, answer.body)
                    except NotAMessage:
                        self._truth.acts["an answer that is no message"] += 1
                elif answer.status in (401, 409):
                    return None
                elif answer.status < 500:
                    self._truth.acts[f"machine door said {answer.status}"] += 1
                    wait_s = REFUSED_RETRY_S
            await asyncio.sleep(wait_s * self._rng.uniform(0.7, 1.2))
            wait_s = min(wait_s * 2, LONGEST_RETRY_S)

    def _headers(self) -> tuple[str, ...]:
        kind = "Content-Type: application/json"
        return (kind, f"Authorization: Bearer {self._token}") if self._token else (kind,)


def _faster(seconds: float) -> float:
    return max(0.1, seconds * FASTER)
