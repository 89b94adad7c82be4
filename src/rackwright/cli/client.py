"""The operators' API over HTTP. Nothing else in the CLI knows a URL's host, a token or a status code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from rackwright.cli import shapes

if TYPE_CHECKING:
    import httpx2

T = TypeVar("T")
PREFIX = "/api/v1"
# A socket that outlives its server takes connections that nobody answers: a person is told before long.
PATIENCE_S = 20.0
Query = Mapping[str, str | int | bool]


class Refused(Exception):
    """The server said no, or could not be asked. `text` is for the operator. `status` is 0 without an answer."""

    def __init__(self, text: str, key: str = "", status: int = 0) -> None:
        super().__init__(text)
        self.text = text
        self.key = key
        self.status = status


class Answer:
    """A good answer: `raw` is its body, `as_` reads it into a shape."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw

    def as_(self, shape: type[T]) -> T:
        return msgspec.json.decode(self.raw, type=shape)


class Client:
    """Safe to repeat are only GETs; nothing is repeated here."""

    def __init__(self, server: str, token: str, language: str, transport: httpx2.BaseTransport | None = None) -> None:
        import httpx2

        self.server = server.rstrip("/")
        self.language = language
        headers = {"Accept-Language": language, "User-Agent": "rackwright-cli"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        try:
            self._http = httpx2.Client(
                base_url=self.server + PREFIX,
                headers=headers,
                timeout=_patience(60),
                transport=transport,
                # The server is on the operators' own network: a proxy for the outside has no business here.
                trust_env=False,
            )
        except (httpx2.InvalidURL, ValueError) as error:
            raise self._refused("cli_server_wrong", error=str(error)) from error

    def get(self, path: str, query: Query | None = None, patience_s: float = PATIENCE_S) -> Answer:
        return self._ask("GET", path, params=query, timeout=_patience(patience_s))

    def post(self, path: str, body: object = None, query: Query | None = None) -> Answer:
        return self._ask("POST", path, params=query, json=body)

    def patch(self, path: str, body: object) -> Answer:
        return self._ask("PATCH", path, json=body)

    def put(self, path: str, body: object) -> Answer:
        return self._ask("PUT", path, json=body)

    def delete(self, path: str, query: Query | None = None) -> Answer:
        return self._ask("DELETE", path, params=query)

    def send(self, method: str, path: str, content: bytes | Iterable[bytes], type_: str, query: Query) -> Answer:
        """Sends a file. The answer may take as long as the server needs to check it."""
        import httpx2

        patient = httpx2.Timeout(None, connect=10)
        return self._ask(method, path, params=query, content=content, headers={"Content-Type": type_}, timeout=patient)

    def _ask(self, method: str, path: str, **how: Any) -> Answer:
        import httpx2

        try:
            response = self._http.request(method, path, **how)
        except httpx2.ConnectError as error:
            raise self._refused("cli_unreachable", error=str(error)) from error
        except httpx2.TimeoutException as error:
            raise self._refused("cli_timeout") from error
        except (httpx2.TransportError, httpx2.UnsupportedProtocol, httpx2.InvalidURL) as error:
            raise self._refused("cli_broken", error=str(error) or type(error).__name__) from error
        if response.status_code < 300:
            return Answer(response.content)
        raise self._said_no(response.status_code, response.content)

    def _said_no(self, status: int, body: bytes) -> Refused:
        try:
            error = msgspec.json.decode(body, type=shapes.Refusal).error
        except msgspec.MsgspecError:
            return self._refused("cli_not_rackwright", status=status)
        return Refused(error.text or error.key, error.key, status)

    def _refused(self, key: str, **values: object) -> Refused:
        from rackwright.words import say

        return Refused(say(self.language, key, {"server": self.server, **values}), key)


def _patience(seconds: float) -> httpx2.Timeout:
    import httpx2

    return httpx2.Timeout(seconds, connect=min(seconds, 10))


def quoted(name: str) -> str:
    """A name as one segment of a path, whatever characters it has."""
    from urllib.parse import quote

    return quote(name, safe="")
