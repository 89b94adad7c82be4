"""The requests that are measured, as bytes, dealt to lanes: what belongs to one session stays in one lane."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence

from bench.site import Live

LANES = 16
Lanes = Sequence[Iterator[bytes]]


def empty(number: int, close: bool) -> Lanes:
    request = _get("/v1/empty", close)
    return _deal([request] * number)


def boots(machines: Sequence[tuple[str, str]], number: int, close: bool) -> Lanes:
    """Boot requests of machines in no order, each as often as the others."""
    shuffled = random.sample(machines, len(machines))
    return _deal([_get(_boot_path(*shuffled[n % len(shuffled)]), close) for n in range(number)])


def progress(sessions: Sequence[Live], number: int, close: bool) -> Lanes:
    """Polls with the progress of a disk that is being written, more with each."""
    return _deal([_poll(sessions[n % len(sessions)], n, close) for n in range(number)])


class Events:
    """Reports of one event each, from one session after the other; each session counts on where it was."""

    def __init__(self, sessions: Sequence[Live]) -> None:
        self._sessions = sessions
        self._said = 0

    def take(self, number: int, close: bool) -> Lanes:
        lanes: list[list[bytes]] = [[] for _ in range(LANES)]
        for _ in range(number):
            rounds, which = divmod(self._said, len(self._sessions))
            lanes[which % LANES].append(_report(self._sessions[which], rounds + 1, close))
            self._said += 1
        return [iter(lane) for lane in lanes]


def _deal(requests: list[bytes]) -> Lanes:
    return [iter(requests[start::LANES]) for start in range(LANES)]


def _boot_path(mac: str, serial: str) -> str:
    """As our iPXE asks."""
    return (
        f"/v1/boot?mac={mac.replace(':', '-')}&serial={serial}&uuid=4c4c4544-0044-4810-8031-b4c04f333432"
        "&manufacturer=Dell%20Inc.&product=PowerEdge%20R740&asset=&platform=efi&arch=x86_64&ip=127.0.0.1"
    )


def _poll(session: Live, number: int, close: bool) -> bytes:
    written = {"step": "write_image", "done_bytes": number << 20, "total_bytes": 1 << 40, "bytes_per_s": 117 << 20}
    return _post(
        "/v1/poll",
        session,
        {"session": session.id, "boot_id": session.boot_id, "doing": "write_image", "progress": written},
        close,
    )


def _report(session: Live, seq: int, close: bool) -> bytes:
    event = {"seq": seq, "kind": "step_finished", "values": {"step": "write_image", "seconds": 42.5}}
    return _post("/v1/events", session, {"session": session.id, "boot_id": session.boot_id, "events": [event]}, close)


def _get(path: str, close: bool) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: iPXE/1.21.1\r\n{_end(close)}\r\n".encode()


def _post(path: str, session: Live, message: object, close: bool) -> bytes:
    body = json.dumps(message).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {session.token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n{_end(close)}\r\n"
    )
    return head.encode() + body


def _end(close: bool) -> str:
    return "Connection: close\r\n" if close else ""
