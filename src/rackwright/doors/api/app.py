"""The operators' door: JSON under /api/v1, its description at /api/v1/openapi.json."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.types import ASGIApp

from rackwright.doors.api import errors
from rackwright.doors.api.body_limit import BodyLimit
from rackwright.doors.api.deps import ApiDeps
from rackwright.doors.api.routes import images, installs, log, machines, status, tokens

PREFIX = "/api/v1"


def operators_app(deps: ApiDeps) -> FastAPI:
    app = FastAPI(
        title="Rackwright",
        version=version("rackwright"),
        openapi_url=f"{PREFIX}/openapi.json",
        # The documentation pages load scripts from elsewhere; a data centre has no elsewhere.
        docs_url=None,
        redoc_url=None,
        middleware=[Middleware(BodyLimit, refuse=_refuse)],
    )
    app.state.deps = deps
    errors.install_handlers(app)
    for noun in (machines, installs, log, images, tokens, status):
        app.include_router(noun.router, prefix=PREFIX)
    return app


def _refuse(request: Request, error: HTTPException) -> ASGIApp:
    return errors.of_http(request, error)
