"""Reads an image from the server as one stream; a connection that breaks is taken up again at the last byte."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

from rackwright_agent.door import Door, Response
from rackwright_agent.failures import MachineFailed, Stopped, Unreachable
from rackwright_wire.messages import ImageSource

CHUNK_BYTES = 256 * 1024
GIVE_UP_S = 1800.0  # without a single byte; a server that is being restarted must not cost an install
FIRST_WAIT_S, _LONGEST_WAIT_S = 0.5, 15.0


def chunks(
    door: Door, image: ImageSource, stop: threading.Event, say: Callable[[str], None], give_up_s: float = GIVE_UP_S
) -> Iterator[bytes]:
    """Yields exactly `size_bytes` bytes in order; raises MachineFailed when they cannot be had, Stopped on stop."""
    done, wait_s, last_byte = 0, FIRST_WAIT_S, time.monotonic()
    while done < image.size_bytes:
        try:
            for data in _from(door, image, done, stop):
                done += len(data)
                wait_s, last_byte = FIRST_WAIT_S, time.monotonic()
                yield data
        except (Unreachable, OSError) as error:
            if time.monotonic() - last_byte > give_up_s:
                raise MachineFailed(f"the image stopped coming after {done} bytes: {error}") from error
            say(f"the image broke off after {done} bytes ({error}); going on from there")
            if stop.wait(wait_s):
                raise Stopped("stopped by the server") from error
            wait_s = min(wait_s * 2, _LONGEST_WAIT_S)


def _from(door: Door, image: ImageSource, start: int, stop: threading.Event) -> Iterator[bytes]:
    headers = (f"Range: bytes={start}-",) if start else ()
    response = door.open("GET", image.path, headers=headers)
    try:
        left = image.size_bytes - start
        _skip(response, _check(response, image, start))
        while left:
            if stop.is_set():
                raise Stopped("stopped by the server")
            data = response.body.read1(min(CHUNK_BYTES, left))
            if not data:
                raise Unreachable(f"{left} bytes are missing")
            left -= len(data)
            yield data
    finally:
        response.close()


def _check(response: Response, image: ImageSource, start: int) -> int:
    """How many bytes to skip: a server that knows no ranges begins again."""
    if response.status in (401, 409):
        raise Stopped(f"the server refuses the image ({response.status}): this session is over")
    if response.status >= 500 or response.status == 429:
        raise Unreachable(f"the server says {response.status}")
    if response.status == 206 and start:
        said = response.headers.get("content-range", "")
        if said != f"bytes {start}-{image.size_bytes - 1}/{image.size_bytes}":
            raise MachineFailed(f"the server sends another part of the image than was asked for: {said}")
        return 0
    if response.status != 200:
        raise MachineFailed(f"the server does not serve the image: {response.status} for {image.path}")
    if response.length not in (-1, image.size_bytes):
        raise MachineFailed(f"the server's image has {response.length} bytes, the plan says {image.size_bytes}")
    return start


def _skip(response: Response, count: int) -> None:
    while count:
        data = response.body.read1(min(CHUNK_BYTES, count))
        if not data:
            raise Unreachable("it broke off again")
        count -= len(data)
