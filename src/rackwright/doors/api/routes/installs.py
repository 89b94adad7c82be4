"""/installs: plan, arm, see and cancel installs."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from rackwright import words
from rackwright.app import arm
from rackwright.app.audit import asked_for
from rackwright.app.cancel import cancel
from rackwright.app.install_view import InstallView, install_views
from rackwright.decide.access import Act
from rackwright.doors.api.deps import Asked, may
from rackwright.store import installs
from rackwright.store.store import Tx
from rackwright.values.audit import Told
from rackwright.values.event import Values

router = APIRouter(tags=["installs"])
# PostgreSQL's texts cannot hold NUL.
Text = Annotated[str, Field(max_length=1000, pattern=r"^[^\x00]*$")]
Name = Annotated[str, Field(max_length=255, pattern=r"^[^\x00]*$")]


class Request(BaseModel):
    """Which machines: names are hostnames or serials; `where` are the filters of
    /machines, which all must match. `live_ok` are hostnames of machines that may be powered off although they answer
    or have phoned home lately."""

    model_config = ConfigDict(extra="forbid")
    names: list[Name] = Field(default=[], max_length=arm.MOST)
    where: dict[Name, Name] = Field(default={}, max_length=20)
    reinstall: bool = False
    retry: bool = False
    reason: Text = ""
    live_ok: list[Name] = Field(default=[], max_length=arm.MOST)

    def asked(self, expect: int | None = None) -> arm.ArmRequest:
        return arm.ArmRequest(
            tuple(self.names), self.where, self.reinstall, self.retry, self.reason, expect, tuple(self.live_ok)
        )


class ArmRequest(Request):
    expect: int = Field(ge=0, description="How many the person saw in the plan; another number is refused.")


class PlanLine(BaseModel):
    """`key` and `values` say why a machine is refused; both empty for one that will be installed."""

    hostname: str
    serial: str
    verdict: Literal["install", "refused"]
    text: str
    key: str
    values: Values
    os: str
    image: str
    profile: str
    disk: str


class Plan(BaseModel):
    lines: list[PlanLine]
    will: int
    refused: int
    unknown: list[str]


class Armed(Plan):
    installs: list[str]


class Installs(BaseModel):
    installs: list[InstallView]
    counts: dict[str, int]


class Reason(BaseModel):
    model_config = ConfigDict(extra="forbid")
    reason: Text = ""


@router.post("/installs/plan")
def plan_installs(asked: Annotated[Asked, may(Act.PLAN_INSTALLS)], request: Request) -> Plan:
    """Who would be installed with what, and who not and why. Writes nothing."""
    made = asked.store.read(lambda tx: arm.plan(tx, asked.context, request.asked()))
    return Plan(
        lines=_lines(made, asked.language),
        will=len(made.will),
        refused=len(made.lines) - len(made.will),
        unknown=list(made.unknown),
    )


@router.post("/installs", status_code=201)
def arm_installs(asked: Annotated[Asked, may(Act.ARM_INSTALLS)], request: ArmRequest) -> Armed:
    wanted = request.asked(request.expect)
    made = asked.act(
        lambda tx: arm.arm(tx, asked.now(), asked.context, wanted, asked.actor),
        asked_for(wanted.names, wanted.where, wanted.reason),
        lambda made: arm.told(made, wanted),
        Act.RETRY_INSTALLS if wanted.retry else Act.ARM_INSTALLS,
    )
    will = made.will
    return Armed(
        lines=_lines(made, asked.language),
        will=len(will),
        refused=len(made.lines) - len(will),
        unknown=list(made.unknown),
        installs=[line.install for line in will],
    )


@router.get("/installs")
def list_installs(
    asked: Annotated[Asked, may(Act.SEE_INSTALLS)],
    live: bool = False,
    names: Annotated[str, Query(max_length=16_000, description="Hostnames or serials, with commas.")] = "",
    ids: Annotated[str, Query(max_length=16_000, description="Installs' ids, with commas.")] = "",
) -> Installs:
    """Those named, or the live ones, or the most recent; and how many live ones stand in each state."""
    of = _split(ids), _split(names)

    def look(tx: Tx) -> Installs:
        found = install_views(tx, asked.context, asked.language, ids=of[0], names=of[1], live=live)
        counts = installs.counts(tx, asked.site)
        return Installs(installs=found, counts={state.value: number for state, number in counts.items()})

    return asked.store.read(look)


@router.post("/machines/{name}/cancel")
def cancel_install(asked: Annotated[Asked, may(Act.CANCEL_INSTALLS)], name: str, why: Reason) -> InstallView:
    def act(tx: Tx) -> InstallView:
        moved = cancel(tx, asked.now(), asked.context, name, asked.actor, why.reason)
        return install_views(tx, asked.context, asked.language, ids=[moved.id])[0]

    return asked.act(
        act,
        Told(name, why.reason),
        lambda stopped: Told(stopped.hostname, why.reason, details={"install": stopped.id}),
    )


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _lines(made: arm.Plan, language: str) -> list[PlanLine]:
    return [
        PlanLine(
            hostname=line.machine.hostname,
            serial=line.machine.serial,
            verdict="refused" if line.key else "install",
            text=words.say(language, line.key, line.values) if line.key else "",
            key=line.key,
            values=line.values,
            os=line.machine.os,
            image=line.image.sha256 if line.image else "",
            profile=line.machine.profile,
            disk=line.machine.disk,
        )
        for line in made.lines
    ]
