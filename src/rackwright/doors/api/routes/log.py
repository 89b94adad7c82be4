"""/machines/{name}/log: one machine's timeline, with a long poll that costs no thread."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from rackwright.app.read_log import LogLine, read_log
from rackwright.decide.access import Act
from rackwright.doors.api.deps import Asked, may

router = APIRouter(tags=["installs"])
LOOK_S = 0.5
LONGEST_WAIT_S = 25


class Log(BaseModel):
    """`next` is what to ask for `after` next time."""

    events: list[LogLine]
    next: int


@router.get("/machines/{name}/log")
async def follow_log(
    asked: Annotated[Asked, may(Act.SEE_LOG)],
    request: Request,
    name: str,
    after: Annotated[int, Query(ge=0, le=2**62)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    wait_s: Annotated[float, Query(ge=0, le=LONGEST_WAIT_S)] = 0,
) -> Log:
    """Events after a seq; with `wait_s`, answers as soon as there is one.

    Between two looks nothing is held, neither a thread nor a transaction: fifty followers cost fifty
    point reads per look."""

    def look() -> list[LogLine]:
        return asked.store.read(lambda tx: read_log(tx, asked.context, asked.language, name, after, limit))

    lines = await run_in_threadpool(look)
    end = asyncio.get_running_loop().time() + wait_s
    while not lines and asyncio.get_running_loop().time() < end and not await request.is_disconnected():
        await asyncio.sleep(LOOK_S)
        lines = await run_in_threadpool(look)
    return Log(events=lines, next=lines[-1].seq if lines else after)
