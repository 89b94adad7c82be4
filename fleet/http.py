"""One HTTP/1.1 request over a connection of its own, from a chosen source address. Never retries."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass

LONGEST_ANSWER = 64 << 20


class Unreachable(Exception):
    """No whole answer came. The server may have done what was asked, or not."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


def request(method: str, path: str, body: bytes = b"", headers: tuple[str, ...] = (), host: str = "") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host or '127.0.0.1'}", "Connection: close", *headers]
    if body or method != "GET":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


async def exchange(port: int, sent: bytes, source: str = "", timeout_s: float = 10.0) -> Answer:
    """Sends the bytes to this host's port and reads the answer. Raises Unreachable."""
    try:
        async with asyncio.timeout(timeout_s):
            return await _exchange(port, sent, source)
    except (OSError, ValueError, EOFError, TimeoutError, asyncio.LimitOverrunError) as error:
        raise Unreachable(f"127.0.0.1:{port}: {type(error).__name__} {error}".strip()) from error


async def _exchange(port: int, sent: bytes, source: str) -> Answer:
    local = (source, 0) if source else None
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=local)
    try:
        writer.write(sent)
        return await _answer(reader)
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            writer.transport.abort()


async def _answer(reader: asyncio.StreamReader) -> Answer:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    words = head[0].split(None, 2)
    if len(words) < 2 or not words[1].isdigit():
        raise ValueError("it does not speak HTTP")
    headers = {name.strip().lower(): value.strip() for line in head[1:] for name, _, value in [line.partition(":")]}
    length = int(headers.get("content-length", "-1"))
    if length > LONGEST_ANSWER:
        raise ValueError("it is too long")
    body = await reader.readexactly(length) if length >= 0 else await reader.read()
    return Answer(int(words[1]), headers, body)
