"""Every route that a machine can reach, on one screen."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator

import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from rackwright.app.notice import flush
from rackwright.doors.machine import boot, bulk, protocol
from rackwright.doors.machine.deps import Deps
from rackwright.store.sightings import OURSELVES
from rackwright.values.errors import Transient

log = structlog.get_logger()
FLUSH_S = 1.0


def machine_app(deps: Deps) -> Starlette:
    """The ASGI application; it flushes what it saw once a second while it runs."""

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        flusher = asyncio.create_task(_flush_for_ever(deps))
        yield
        flusher.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await flusher
        await _flush(deps)

    app = Starlette(
        routes=[
            Route("/boot.ipxe", boot.first),
            Route("/v1/boot", boot.answer),
            Route("/localboot.efi", boot.local_loader),
            Route("/ramos/{name}", bulk.ram_os),
            Route("/v1/join", protocol.join_, methods=["POST"]),
            Route("/v1/poll", protocol.poll_, methods=["POST"]),
            Route("/v1/events", protocol.events, methods=["POST"]),
            Route("/v1/claim", protocol.claim_, methods=["POST"]),
            Route("/v1/images/{sha256}", bulk.image),
            Route("/v1/phone-home", protocol.phone_home_, methods=["POST"]),
            Route("/v1/empty", _empty),
        ],
        exception_handlers={Transient: _try_again},
        lifespan=lifespan,
    )
    app.state.deps = deps
    return app


async def _empty(_: Request) -> Response:
    """Does nothing: what the other routes cost is measured beside it, and a health check may ask it."""
    return Response()


async def _try_again(_: Request, error: Exception) -> Response:
    return PlainTextResponse(f"{error}\n", 503, {"Retry-After": "2"})


async def _flush_for_ever(deps: Deps) -> None:
    while True:
        await asyncio.sleep(FLUSH_S)
        await _flush(deps)


async def _flush(deps: Deps) -> None:
    # That somebody listens: without it no machine's silence is held against it.
    deps.notices.saw(OURSELVES, "door", deps.now(), {})
    seen, unknown = deps.notices.take()
    try:
        await deps.write(lambda tx: flush(tx, deps.context.site, seen, unknown))
    except Transient:
        pass  # evidence that may be lost; the next one comes within seconds
    except Exception:
        # Without sightings every install that writes would seem to stall: one bad row must not end the flusher.
        log.exception("sightings_lost", machines=len(seen), unknown=len(unknown))
