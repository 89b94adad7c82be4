"""Asks over several connections at a time; on each the next request goes out when the last one is answered."""

from __future__ import annotations

import re
import selectors
import socket
from collections.abc import Iterator, Sequence

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


class _Lane:
    """One connection after another, or one for all, and the requests that go over it in their order."""

    def __init__(self, port: int, requests: Iterator[bytes], keep_alive: bool) -> None:
        self.requests = requests
        self.answered = 0
        self._port = port
        self._keep_alive = keep_alive
        self._got = b""
        self.socket: socket.socket | None = None

    def ask(self) -> bool:
        """Sends the next request; false when there is none left."""
        request = next(self.requests, None)
        if request is None:
            return False
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self._port), 30)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._got = b""
        self.socket.sendall(request)
        return True

    def hear(self) -> bool:
        """Takes what has come; true when the answer is whole. Raises RuntimeError for any but 200."""
        assert self.socket is not None
        self._got += self.socket.recv(65536)
        head, blank, body = self._got.partition(b"\r\n\r\n")
        if not blank:
            return False
        length = _LENGTH.search(head)
        if not head.startswith(b"HTTP/1.1 200") or length is None:
            raise RuntimeError(self._got[:400].decode("utf-8", "replace"))
        if len(body) < int(length[1]):
            return False
        self.answered += 1
        return True

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()
            self.socket = None

    @property
    def over(self) -> bool:
        """After an answer: the next request needs a new connection."""
        return not self._keep_alive


def ask_all(port: int, lanes: Sequence[Iterator[bytes]], keep_alive: bool) -> int:
    """Sends every request of every lane and returns how many were answered."""
    made = [_Lane(port, requests, keep_alive) for requests in lanes]
    with selectors.DefaultSelector() as waiting:
        for lane in made:
            _next(waiting, lane)
        while waiting.get_map():
            for key, _ in waiting.select(30):
                lane: _Lane = key.data
                if not lane.hear():
                    continue
                waiting.unregister(key.fileobj)
                if lane.over:
                    lane.close()
                _next(waiting, lane)
    for lane in made:
        lane.close()
    return sum(lane.answered for lane in made)


def _next(waiting: selectors.BaseSelector, lane: _Lane) -> None:
    if lane.ask() and lane.socket is not None:
        waiting.register(lane.socket, selectors.EVENT_READ, lane)
