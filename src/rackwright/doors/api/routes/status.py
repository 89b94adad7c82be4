"""/status: how the server fares, in figures."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel

from rackwright.app.server_status import server_status
from rackwright.decide.access import Act
from rackwright.doors.api.deps import Asked, may

router = APIRouter(tags=["status"])


class Status(BaseModel):
    """`installs` are the live ones by state; `reconciled_at` is when the reconciler last looked."""

    version: str
    site: str
    database: str
    machines: int
    installs: dict[str, int]
    waiting: int
    images: int
    reconciled_at: int


@router.get("/status")
def status(asked: Annotated[Asked, may(Act.SEE_STATUS)]) -> Status:
    told = asked.store.read(lambda tx: server_status(tx, asked.site))
    return Status(
        version=told.version,
        site=asked.site,
        database=asked.store.engine.dialect.name,
        machines=told.machines,
        installs={state.value: number for state, number in told.installs.items()},
        waiting=told.waiting,
        images=told.images,
        reconciled_at=told.reconciled_at,
    )
