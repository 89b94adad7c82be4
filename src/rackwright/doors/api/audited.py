"""No act without its row: what a handler did not write down itself is written down before the answer leaves.

A handler's own row is in the act's transaction (Asked.act); here are the refusals, each in a transaction of its own."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import cast

import structlog
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rackwright.app.audit import put_down
from rackwright.decide.access import LOOKS, Act
from rackwright.doors.api.deps import account_of, act_allowed, deps_of
from rackwright.store.tokens import Token
from rackwright.values.audit import Told
from rackwright.values.errors import Transient

log = structlog.get_logger()


class Audited:
    """ASGI middleware, inside Authenticate: strangers leave no row, or anybody could fill the table."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)

        async def audited(message: Message) -> None:
            if message["type"] == "http.response.start":
                await _settle(request)
            await send(message)

        try:
            await self._app(scope, receive, audited)
        except Exception:
            account_of(request).refuse("bug", {"path": request.url.path})
            await _settle(request)
            raise


async def _settle(request: Request) -> None:
    account = account_of(request)
    act = account.act or act_of(request.scope.get("route"), request.method)
    if act is None or act in LOOKS or account.written:
        return
    account.written = True
    told = account.told
    if not told.target and "machines" not in told.details:
        told = replace(told, target=", ".join(str(part) for part in request.path_params.values()))
    await run_in_threadpool(_put_down, request, act, told)


def _put_down(request: Request, act: Act, told: Told) -> None:
    """A database that is too busy for this row was too busy for the act as well: its refusal says so."""
    deps = deps_of(request)
    actor = cast("Token", request.state.token).name
    row = partial(put_down, now=deps.now(), site=deps.settings.site, actor=actor, act=act, told=told)
    try:
        deps.store.write(lambda tx: row(tx))
    except Transient as error:
        log.warning(
            "act_not_audited", actor=actor, act=act.value, target=told.target, outcome=told.outcome, error=error
        )


def act_of(route: object, method: str) -> Act | None:
    """The act that a route lets a role do, also before a request came so far as to be asked for its role."""
    if not isinstance(route, APIRoute) or method not in (route.methods or ()):
        return None
    acts = (act_allowed(one.call) for one in route.dependant.dependencies)
    return next((act for act in acts if act), None)
