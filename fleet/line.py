"""A machine's way to the server, on which messages are lost, doubled, held up and overtaken."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from fleet.faults import Faults
from fleet.http import Answer, Unreachable, exchange, request
from fleet.truth import Truth, now_us

# Told of every answer the server gave, also of one that is lost on its way: when the request went, and the answer.
Heard = Callable[[int, Answer], None]


def _unheard(_sent_at: int, _answer: Answer) -> None: ...


class Network:
    """What all lines share: the doors' ports, and the messages that are still under way."""

    def __init__(self, doors: Sequence[int], faults: Faults, truth: Truth) -> None:
        self.doors, self.faults, self.truth = doors, faults, truth
        self.calm = False
        self._under_way: set[asyncio.Task[None]] = set()

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def settle(self) -> None:
        """Waits for what is still under way."""
        while self._under_way:
            await asyncio.wait(set(self._under_way))


class Line:
    """One body's. `rng` is the body's own: another machine's luck changes nothing here."""

    def __init__(self, network: Network, rng: random.Random) -> None:
        self._network, self._rng = network, rng
        self._cut_until = self._talk_cut_until = 0.0

    def cut(self, seconds: float, talk_only: bool) -> None:
        """Nothing gets through for a while; or only the image, on a connection of its own."""
        until = asyncio.get_running_loop().time() + seconds
        self._talk_cut_until = until
        if not talk_only:
            self._cut_until = until

    def is_cut(self) -> bool:
        return asyncio.get_running_loop().time() < self._talk_cut_until

    def restore(self) -> None:
        self._cut_until = self._talk_cut_until = 0.0

    def is_claimed_twice(self) -> bool:
        return not self._network.calm and self._rng.random() < self._network.faults.stale_claim

    def also(self, path: str, body: bytes, headers: tuple[str, ...], source: str, heard: Heard) -> None:
        """Sends something beside the talk, within a second."""
        self._network.truth.faults["stale claim"] += 1
        sent, port = request("POST", path, body, headers), self._rng.choice(self._network.doors)
        self._again(port, sent, source, heard, self._rng.uniform(0.0, 1.0))

    async def ask(
        self, method: str, path: str, body: bytes = b"", headers: tuple[str, ...] = (), *,
        source: str, heard: Heard = _unheard, talk: bool = True,
    ) -> Answer:  # fmt: skip
        """Raises Unreachable. `talk` is false for the bytes of an image."""
        if asyncio.get_running_loop().time() < (self._talk_cut_until if talk else self._cut_until):
            await asyncio.sleep(self._rng.uniform(0.2, 1.0))
            raise Unreachable("cut off")
        sent, port = request(method, path, body, headers), self._rng.choice(self._network.doors)
        fault = self._draw(talk)
        if fault == "lost request":
            await asyncio.sleep(self._rng.uniform(0.1, 0.5))
            raise Unreachable("the request was lost")
        if fault == "held up":
            self._again(port, sent, source, heard, self._rng.uniform(0.5, 5.0))
            await asyncio.sleep(self._rng.uniform(0.1, 0.5))
            raise Unreachable("no answer came in time")
        answer = await self._send(port, sent, source, heard)
        if fault == "sent again":
            other = self._rng.choice(self._network.doors)
            self._again(other, sent, source, heard, self._rng.choice((0.0, 0.1, 1.0, 5.0)))
        if fault == "lost reply":
            raise Unreachable("the reply was lost")
        return answer

    def _draw(self, talk: bool) -> str:
        faults = self._network.faults
        if self._network.calm:
            return ""
        chances = (
            ("lost request", faults.lost_request), ("lost reply", faults.lost_reply),
            ("sent again", faults.sent_again if talk else 0.0), ("held up", faults.held_up if talk else 0.0),
        )  # fmt: skip
        drawn = self._rng.random()
        for name, chance in chances:
            if drawn < chance:
                self._network.truth.faults[name] += 1
                return name
            drawn -= chance
        return ""

    def _again(self, port: int, sent: bytes, source: str, heard: Heard, after_s: float) -> None:
        async def send() -> None:
            await asyncio.sleep(after_s)
            with contextlib.suppress(Unreachable):
                await self._send(port, sent, source, heard)

        self._network.later(send())

    async def _send(self, port: int, sent: bytes, source: str, heard: Heard) -> Answer:
        self._network.truth.requests += 1
        sent_at = now_us()
        answer = await exchange(port, sent, source)
        if answer.status == 500:
            self._network.truth.broken.append(
                f"the machine door answered 500 to {sent.split(b' ', 2)[1].decode()[:60]}"
            )
        heard(sent_at, answer)
        return answer
