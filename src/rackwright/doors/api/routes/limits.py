"""/limits: how many at once, what of it is in use, and changing it while everything runs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from rackwright.app.limits import LimitLine, list_limits
from rackwright.app.set_limit import reset_limit, set_limit
from rackwright.decide.access import Act
from rackwright.doors.api.deps import Asked, may
from rackwright.values.audit import Told

router = APIRouter(tags=["limits"])
Operator = Annotated[Asked, may(Act.CHANGE_LIMITS)]
# PostgreSQL's texts cannot hold NUL.
Text = Annotated[str, Field(max_length=1000, pattern=r"^[^\x00]*$")]
Name = Annotated[str, Field(max_length=255, pattern=r"^[^\x00]*$")]
NamedQuery = Annotated[str, Query(max_length=255, pattern=r"^[^\x00]*$")]


class Limits(BaseModel):
    limits: list[LimitLine]


class NewLimit(BaseModel):
    """`scope` is site, network:NAME, rack:NAME or rack:* (each rack by itself); 0 means that none may."""

    model_config = ConfigDict(extra="forbid")
    scope: Name
    resource: Name
    value: Annotated[int, Field(strict=True)]  # true is no number of machines
    reason: Text = ""


class Reset(BaseModel):
    """The limit that holds again; none where there is no default."""

    limit: LimitLine | None


@router.get("/limits")
def show_limits(asked: Annotated[Asked, may(Act.SEE_LIMITS)]) -> Limits:
    return Limits(limits=asked.store.read(lambda tx: list_limits(tx, asked.now(), asked.context)))


@router.put("/limits")
def put_limit(asked: Operator, new: NewLimit) -> LimitLine:
    """Holds from the reconciler's next look. Nobody who already goes on is stopped."""
    return asked.act(
        lambda tx: set_limit(tx, asked.now(), asked.context, new.scope, new.resource, new.value, asked.actor),
        Told(f"{new.scope} {new.resource}", new.reason, details={"value": new.value}),
    )


@router.delete("/limits")
def delete_limit(
    asked: Operator,
    scope: NamedQuery,
    resource: NamedQuery,
    reason: Annotated[str, Query(max_length=1000, pattern=r"^[^\x00]*$")] = "",
) -> Reset:
    """Back to the default."""
    return Reset(
        limit=asked.act(
            lambda tx: reset_limit(tx, asked.now(), asked.context, scope, resource),
            Told(f"{scope} {resource}", reason, details={"value": "default"}),
        )
    )
