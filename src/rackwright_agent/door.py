"""The server's machine door, as the agent sees it: one small HTTP/1.1 request per connection.

Not http.client: importing it (email, ssl) costs a third of the agent's start on a slow machine.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from io import BufferedReader
from typing import Any, TypeVar

from rackwright_agent.failures import Refused, Unreachable
from rackwright_wire.codec import NotAMessage, decode, encode

Answer = TypeVar("Answer")

TIMEOUT_S = 20.0
MAX_ANSWER_BYTES = 16 * 1024 * 1024


@dataclass(slots=True)
class Response:
    """The head of an answer, and its body still to be read. `length` is -1 when the server did not say."""

    status: int
    headers: dict[str, str]
    body: BufferedReader
    length: int

    def close(self) -> None:
        self.body.close()


class Door:
    """Posts messages and opens bodies; keeps the session's token and never shows it."""

    def __init__(self, server: str) -> None:
        self.server = server
        self.token = ""
        host, _, port = server.removeprefix("http://").partition("/")[0].rpartition(":")
        if not host or not port.isdigit():
            host, port = (server.removeprefix("http://").partition("/")[0], "80")
        self._address = (host.strip("[]"), int(port))
        self._host = f"{host}:{port}"

    def post(self, path: str, message: Any, answer: type[Answer]) -> Answer:
        """Sends one message; raises Unreachable (send it again) or Refused (401, 409 and other answers)."""
        response = self.open("POST", path, encode(message), "application/json")
        try:
            data = _whole(response)
        except OSError as error:
            raise Unreachable(f"the answer of {self.server} broke off: {error}") from error
        finally:
            response.close()
        if response.status != 200:
            raise _failure(response, data)
        try:
            return decode(answer, data)
        except NotAMessage as error:
            raise Unreachable(f"{self.server} answered something else: {error}") from error

    def open(
        self, method: str, path: str, body: bytes = b"", kind: str = "", headers: tuple[str, ...] = ()
    ) -> Response:
        """Sends one request and reads the head of its answer; raises Unreachable."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self._host}", "Connection: close", "Accept: */*"]
        if method == "POST":
            lines += [f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
        if self.token:
            lines.append(f"Authorization: Bearer {self.token}")
        request = "\r\n".join([*lines, *headers, "", ""]).encode("latin-1") + body
        try:
            with socket.create_connection(self._address, timeout=TIMEOUT_S) as connection:
                connection.sendall(request)
                stream = connection.makefile("rb")
            return _head(stream)
        except (OSError, ValueError) as error:
            raise Unreachable(f"no answer from {self.server}: {error}") from error


def _head(stream: BufferedReader) -> Response:
    words = stream.readline(65536).decode("latin-1").split(None, 2)
    if len(words) < 2 or not words[0].startswith("HTTP/1.") or not words[1].isdigit():
        raise ValueError("it hung up" if not words else "it does not speak HTTP")
    headers: dict[str, str] = {}
    while line := stream.readline(65536).strip():
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    if "chunked" in headers.get("transfer-encoding", "").lower():
        raise ValueError("it sends chunks, which the machine protocol does not use")
    length = headers.get("content-length", "")
    return Response(int(words[1]), headers, stream, int(length) if length.isdigit() else -1)


def _whole(response: Response) -> bytes:
    if response.length > MAX_ANSWER_BYTES:
        raise OSError("it is too long")
    data = response.body.read(response.length if response.length >= 0 else MAX_ANSWER_BYTES)
    if response.length >= 0 and len(data) < response.length:
        raise OSError(f"{len(data)} of {response.length} bytes came")
    return data


def _failure(response: Response, data: bytes) -> Exception:
    text = data[:300].decode("utf-8", "replace").strip() or "no text"
    if response.status >= 500 or response.status == 429:
        wish = response.headers.get("retry-after", "")
        return Unreachable(f"the server says {response.status}: {text}", float(wish) if wish.isdigit() else 0.0)
    return Refused(response.status, text)
