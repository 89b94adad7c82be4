"""The operators' door: JSON under /api/v1, its description at /api/v1/openapi.json."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import FastAPI
from starlette.middleware import Middleware

from rackwright.doors.api import errors
from rackwright.doors.api.audited import Audited
from rackwright.doors.api.authenticate import Authenticate
from rackwright.doors.api.body_limit import BodyLimit
from rackwright.doors.api.deps import ApiDeps
from rackwright.doors.api.routes import (
    audit,
    holds,
    images,
    installs,
    limits,
    log,
    machines,
    protection,
    status,
    tokens,
    why,
)

PREFIX = "/api/v1"


def operators_app(deps: ApiDeps) -> FastAPI:
    app = FastAPI(
        title="Rackwright",
        version=version("rackwright"),
        openapi_url=f"{PREFIX}/openapi.json",
        # The documentation pages load scripts from elsewhere; a data centre has no elsewhere.
        docs_url=None,
        redoc_url=None,
        middleware=[
            Middleware(Authenticate, open_path=f"{PREFIX}/openapi.json"),
            Middleware(Audited),
            Middleware(BodyLimit, refuse=errors.of_http),
        ],
    )
    app.state.deps = deps
    errors.install_handlers(app)
    for noun in (machines, protection, installs, why, holds, log, limits, images, tokens, audit, status):
        app.include_router(noun.router, prefix=PREFIX)
    return app
