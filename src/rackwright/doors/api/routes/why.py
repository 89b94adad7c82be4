"""/machines/{name}/why: why a machine stands where it does."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from rackwright.app.explain import Explanation, explain
from rackwright.decide.access import Act
from rackwright.doors.api.deps import Asked, may

router = APIRouter(tags=["machines"])


@router.get("/machines/{name}/why")
def why_machine(asked: Annotated[Asked, may(Act.SEE_MACHINES)], name: str) -> Explanation:
    """What it waits for, since when, what was last seen of it, what happens next, what a person can do: one
    paragraph, and the parts it is made of. For every machine of the register, with an install or without."""
    return asked.store.read(lambda tx: explain(tx, asked.now(), asked.context, asked.language, name))
