"""/audit: who did what, why, and what came of it, the newest first."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from rackwright.app.audit import AuditPage, read_audit
from rackwright.decide.access import Act
from rackwright.doors.api.deps import Asked, may
from rackwright.values.audit import Wanted

router = APIRouter(tags=["audit"])
Moment = Annotated[int, Query(ge=0, le=2**62, description="UTC microseconds.")]
Exactly = Annotated[str, Query(max_length=255)]


@router.get("/audit")
def get_audit(
    asked: Annotated[Asked, may(Act.SEE_AUDIT)],
    since: Moment = 0,
    until: Moment = 0,
    actor: Exactly = "",
    act: Act | None = None,
    target: Annotated[str, Query(max_length=255, description="Of an act on many, one of its first names.")] = "",
    before: Annotated[str, Query(max_length=64, description="The `next` of the page before.")] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> AuditPage:
    """Acts since a time and before another, by whom, on what."""
    wanted = Wanted(since, until, actor, act.value if act else "", target, before, limit)
    return asked.store.read(lambda tx: read_audit(tx, asked.site, asked.language, wanted))
