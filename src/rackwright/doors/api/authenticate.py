"""Who asks? Answered before a byte of the body is read or a route is looked for: strangers learn and cost nothing."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from rackwright.app.tokens import who
from rackwright.doors.api import errors
from rackwright.doors.api.deps import Unauthorized, deps_of
from rackwright.store.tokens import Token
from rackwright.values.errors import RackwrightError


class Authenticate:
    """ASGI middleware: puts the Token into the request's state, or answers 401. `open_path` needs none."""

    def __init__(self, app: ASGIApp, open_path: str) -> None:
        self._app = app
        self._open_path = open_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] != self._open_path:
            request = Request(scope)
            try:
                request.state.token = await run_in_threadpool(_token, request)
            except RackwrightError as error:
                await errors.of_ours(request, error)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _token(request: Request) -> Token:
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not text:
        raise Unauthorized("token_missing")
    token = deps_of(request).store.read(lambda tx: who(tx, text))
    if token is None:
        raise Unauthorized("token_wrong")
    return token
