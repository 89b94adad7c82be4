"""Events that must reach the server, in order and each once, however often the network loses an answer."""

from __future__ import annotations

import threading

from rackwright_wire.messages import Event, EventValues

_LONGEST_TEXT = 600
_TAKEN_AT_ONCE = 50


class Outbox:
    """Filled by the thread that works, emptied by the one that talks; seq goes on where `accepted` ended."""

    def __init__(self, accepted: int = 0) -> None:
        self._changed = threading.Condition()
        self._last_seq = accepted
        self._accepted = accepted
        self._waiting: list[Event] = []

    def add(self, kind: str, values: EventValues) -> int:
        """Queues an event and returns its seq."""
        short: EventValues = {
            name: value[:_LONGEST_TEXT] if isinstance(value, str) else value for name, value in values.items()
        }
        with self._changed:
            self._last_seq += 1
            self._waiting.append(Event(self._last_seq, kind, short))
            self._changed.notify_all()
            return self._last_seq

    @property
    def last_seq(self) -> int:
        with self._changed:
            return self._last_seq

    def waiting(self) -> tuple[Event, ...]:
        """The oldest events that the server has not accepted; the same again until it has."""
        with self._changed:
            return tuple(self._waiting[:_TAKEN_AT_ONCE])

    def accept(self, seq: int) -> None:
        """Forgets what the server keeps now."""
        with self._changed:
            self._accepted = max(self._accepted, seq)
            self._waiting = [event for event in self._waiting if event.seq > seq]
            self._changed.notify_all()

    def wait_for_event(self, timeout_s: float) -> bool:
        """Returns as soon as something waits to be sent, or after the timeout with False."""
        with self._changed:
            return self._changed.wait_for(lambda: bool(self._waiting), timeout_s)

    def wait_accepted(self, seq: int, stop: threading.Event) -> bool:
        """Waits without limit until `seq` is durable at the server; False when the stop came first."""
        while not stop.is_set():
            with self._changed:
                if self._changed.wait_for(lambda: self._accepted >= seq, 0.5):
                    return not stop.is_set()
        return False
