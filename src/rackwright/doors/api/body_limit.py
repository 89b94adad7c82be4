"""Bounds every request's body, whether its length is announced or not, and refuses NUL in its address."""

from __future__ import annotations

from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

JSON_BYTES = 1 << 20
REGISTER_BYTES = 21 << 20
IMAGE_BYTES = 256 << 30


def limit_of(method: str, path: str) -> int:
    if path.endswith("/machines/import"):
        return REGISTER_BYTES
    if method == "PUT" and "/images/" in path:
        return IMAGE_BYTES
    return JSON_BYTES


class BodyLimit:
    """ASGI middleware. `refuse` makes the answer for a length that is announced and too big."""

    def __init__(self, app: ASGIApp, refuse: Callable[[Request, HTTPException], ASGIApp]) -> None:
        self._app = app
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        limit = limit_of(request.method, request.url.path)
        # No name has a NUL, and PostgreSQL's texts cannot hold one.
        if "\x00" in scope["path"] or b"%00" in scope["query_string"] or b"\x00" in scope["query_string"]:
            await self._refuse(request, HTTPException(400, "NUL"))(scope, receive, send)
            return
        announced = request.headers.get("content-length", "0")
        if announced.isdigit() and int(announced) > limit:
            await self._refuse(request, HTTPException(413))(scope, receive, send)
            return
        await self._app(scope, _counted(receive, limit), send)


def _counted(receive: Receive, limit: int) -> Receive:
    came = 0

    async def bounded() -> Message:
        nonlocal came
        message = await receive()
        came += len(message.get("body", b""))
        if came > limit:
            raise HTTPException(413)
        return message

    return bounded
