"""/machines/protect and /machines/{name}/unprotect: what nothing may install over."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from rackwright import words
from rackwright.app import protect
from rackwright.app.audit import asked_for
from rackwright.app.machine_view import MachineView, machine_view
from rackwright.decide.access import Act
from rackwright.doors.api.deps import Asked, may
from rackwright.doors.api.routes.installs import Name, Text
from rackwright.values.audit import Told
from rackwright.values.event import Values

router = APIRouter(tags=["machines"])


class Wanted(BaseModel):
    """Which machines: names are hostnames or serials; `where` are the filters of /machines, which all must match."""

    model_config = ConfigDict(extra="forbid")
    names: list[Name] = Field(default=[], max_length=protect.MOST)
    where: dict[Name, Name] = Field(default={}, max_length=20)
    reason: Text


class Why(BaseModel):
    model_config = ConfigDict(extra="forbid")
    reason: Text


class Line(BaseModel):
    """`key` and `values` say more: by whom it already was, why it is refused, which install gave way."""

    hostname: str
    serial: str
    verdict: protect.Verdict
    text: str
    key: str
    values: Values


class Protected(BaseModel):
    lines: list[Line]
    counts: dict[str, int]


@router.post("/machines/protect")
def protect_machines(asked: Annotated[Asked, may(Act.PROTECT_MACHINES)], wanted: Wanted) -> Protected:
    """An install that has claimed nothing gives way and is cancelled; a machine whose disk is being written is
    refused, and the others are protected. Nobody is when a name is unknown."""
    request = protect.ProtectRequest(wanted.reason, tuple(wanted.names), wanted.where)
    lines = asked.act(
        lambda tx: protect.protect(tx, asked.now(), asked.context, request, asked.actor),
        asked_for(request.names, request.where, request.reason),
        lambda lines: protect.told(lines, request),
    )
    counts = {verdict.value: sum(line.verdict is verdict for line in lines) for verdict in protect.Verdict}
    return Protected(lines=[_line(asked.language, line) for line in lines], counts=counts)


@router.post("/machines/{name}/unprotect")
def unprotect_machine(asked: Annotated[Asked, may(Act.UNPROTECT_MACHINES)], name: str, why: Why) -> MachineView:
    """One machine at a time: there is no batch of this."""
    lifted = asked.act(
        lambda tx: protect.unprotect(tx, asked.now(), asked.context, name, asked.actor, why.reason),
        Told(name, why.reason),
        lambda lifted: Told(lifted.hostname, why.reason),
    )
    return machine_view(lifted)


def _line(language: str, line: protect.ProtectLine) -> Line:
    return Line(
        hostname=line.machine.hostname,
        serial=line.machine.serial,
        verdict=line.verdict,
        text=words.say(language, line.key, line.values).strip() if line.key else "",
        key=line.key,
        values=line.values,
    )
