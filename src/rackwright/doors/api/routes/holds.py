"""/holds: what is held, by question; and one answer for many machines whose disks hold the same."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from rackwright import words
from rackwright.app import approve
from rackwright.app.audit import asked_for
from rackwright.app.holds import HoldGroup, holds
from rackwright.decide.access import Act
from rackwright.doors.api.deps import Asked, may
from rackwright.doors.api.routes.installs import Name, Text

router = APIRouter(tags=["holds"])


class Holds(BaseModel):
    holds: list[HoldGroup]


class HeldDisk(BaseModel):
    """A machine by hostname or serial, and the disk of it that the person saw."""

    model_config = ConfigDict(extra="forbid")
    name: Name
    disk: Name


class Approve(BaseModel):
    model_config = ConfigDict(extra="forbid")
    fingerprint: Annotated[str, Field(max_length=64, pattern=r"^[0-9a-z]*$")]
    machines: list[HeldDisk] = Field(max_length=approve.MOST)
    reason: Text = ""


class ApprovedLine(BaseModel):
    """`key` says why a machine was not approved; empty for one that goes on."""

    name: str
    disk: str
    key: str
    text: str
    install: str


class ApprovedAll(BaseModel):
    lines: list[ApprovedLine]
    approved: int
    refused: int


@router.get("/holds")
def list_holds(asked: Annotated[Asked, may(Act.SEE_INSTALLS)]) -> Holds:
    """The largest group first. Machines are in one group when they ask the same question."""
    return Holds(holds=asked.store.read(lambda tx: holds(tx, asked.context, asked.language)))


@router.post("/holds/approve")
def approve_holds(asked: Annotated[Asked, may(Act.APPROVE_HOLDS)], wanted: Approve) -> ApprovedAll:
    """Exactly the machines and disks that are named, as long as they hold what the fingerprint means."""
    request = approve.ApproveRequest(
        wanted.fingerprint, tuple(dict.fromkeys((one.name, one.disk) for one in wanted.machines)), wanted.reason
    )
    done = asked.act(
        lambda tx: approve.approve(tx, asked.now(), asked.context, request, asked.actor),
        asked_for([name for name, _ in request.machines], {}, request.reason),
        lambda done: approve.told(done, request),
    )
    lines = [
        ApprovedLine(
            name=one.name, disk=one.disk, key=one.key, install=one.install,
            text=words.say(asked.language, one.key, {"name": one.name}) if one.key else "",
        )
        for one in done
    ]  # fmt: skip
    refused = sum(bool(one.key) for one in done)
    return ApprovedAll(lines=lines, approved=len(done) - refused, refused=refused)
