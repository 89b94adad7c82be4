"""An agent's events: sent in order until the server says that it keeps them."""

from __future__ import annotations

import asyncio

from rackwright_wire.messages import Event, EventValues

TAKEN_AT_ONCE = 50


class Outbox:
    def __init__(self, accepted: int = 0) -> None:
        self._last_seq = self._accepted = accepted
        self._waiting: list[Event] = []
        self._added, self._taken = asyncio.Event(), asyncio.Event()

    def add(self, kind: str, values: EventValues) -> int:
        self._last_seq += 1
        self._waiting.append(Event(self._last_seq, kind, values))
        self._added.set()
        return self._last_seq

    def waiting(self) -> tuple[Event, ...]:
        return tuple(self._waiting[:TAKEN_AT_ONCE])

    def accept(self, seq: int) -> None:
        self._accepted = max(self._accepted, seq)
        self._waiting = [event for event in self._waiting if event.seq > seq]
        self._taken.set()

    async def wait_for_event(self, timeout_s: float) -> None:
        """Returns as soon as something waits to be sent, or after the timeout."""
        if self._waiting:
            return
        self._added.clear()
        try:
            async with asyncio.timeout(timeout_s):
                await self._added.wait()
        except TimeoutError:
            pass

    async def wait_accepted(self, seq: int) -> None:
        while self._accepted < seq:
            self._taken.clear()
            await self._taken.wait()
