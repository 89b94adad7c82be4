"""Arms installs: shows who would be installed with what and who not, then authorises exactly those."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rackwright.app.advance import advance
from rackwright.app.audit import of_machines, refused
from rackwright.app.context import Context
from rackwright.app.network import network_of_machine
from rackwright.app.select_machines import chosen
from rackwright.decide.arming import Asked, WillInstall, WillNot, may_arm
from rackwright.decide.lifecycle import Trigger
from rackwright.store import approvals, events, images, installs, machines, sessions
from rackwright.store.store import Tx
from rackwright.values.audit import Told
from rackwright.values.errors import OperatorMustFix
from rackwright.values.event import Scalar, Values
from rackwright.values.ids import new_id
from rackwright.values.image import Image
from rackwright.values.install import Install, State
from rackwright.values.machine import Machine

MOST = 20_000  # machines of one act
NAMED = 20  # unknown names that the audit tells


@dataclass(frozen=True, slots=True)
class ArmRequest:
    """`names` are hostnames or serials; `where` are filters that all must match; `expect` is the
    number of machines that the operator saw and agreed to, None for a plan. `live_ok` are hostnames that a person
    typed: these alone may be powered off although they look alive."""

    names: tuple[str, ...] = ()
    where: Mapping[str, str] = field(default_factory=lambda: dict[str, str]())
    reinstall: bool = False
    retry: bool = False
    reason: str = ""
    expect: int | None = None
    live_ok: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One machine of a plan. `key` and `values` say why not; both empty when it will be installed."""

    machine: Machine
    image: Image | None
    key: str = ""
    values: Values = field(default_factory=lambda: dict[str, Scalar]())
    install: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    lines: tuple[PlanLine, ...]
    unknown: tuple[str, ...]

    @property
    def will(self) -> tuple[PlanLine, ...]:
        return tuple(line for line in self.lines if not line.key)


def plan(tx: Tx, context: Context, request: ArmRequest) -> Plan:
    """Who would be installed. Raises OperatorMustFix when nothing selects a machine or a filter is unknown."""
    found, unknown = _select(tx, context, request)
    return Plan(tuple(_judge(tx, context, machine, request) for machine in found), unknown)


def arm(tx: Tx, now: int, context: Context, request: ArmRequest, actor: str) -> Plan:
    """Arms every machine of the plan that may be, each under its lock. All or nothing when the number
    differs from what the operator agreed to (raises OperatorMustFix)."""
    found, unknown = _select(tx, context, request)
    # Always in the order of ids: two batches that overlap cannot wait for each other.
    lines: dict[str, PlanLine] = {}
    for machine in sorted(found, key=lambda m: m.id):
        locked = machines.lock(tx, context.site, machine.id)
        if locked:
            lines[machine.id] = _judge(tx, context, locked, request)
    will = [line for line in lines.values() if not line.key]
    if request.expect is not None and request.expect != len(will):
        raise OperatorMustFix("plan_changed", expected=request.expect, now=len(will))
    for line in will:
        lines[line.machine.id] = _arm_one(tx, now, context, line, request, actor)
    return Plan(tuple(lines[m.id] for m in found if m.id in lines), unknown)


def told(made: Plan, request: ArmRequest) -> Told:
    """What the audit says of it: whom it armed, or why nobody."""
    against = [line for line in made.lines if line.key]
    will = [line.machine.hostname for line in made.will]
    counts = {"armed": len(will), "refused": len(against), "unknown": len(made.unknown), "reinstall": request.reinstall}
    if will or not (against or made.unknown):
        return of_machines(will, request.reason, counts)
    if against:
        nobody = of_machines([line.machine.hostname for line in against], request.reason, counts)
        return refused(nobody, [line.key for line in against], against[0].values)
    nobody = of_machines(made.unknown, request.reason, counts)
    return refused(nobody, ["machine_unknown"], {"name": ", ".join(made.unknown[:NAMED])})


def _select(tx: Tx, context: Context, request: ArmRequest) -> tuple[list[Machine], tuple[str, ...]]:
    found, unknown = chosen(tx, context.site, request.names, request.where, MOST)
    if others := set(request.live_ok) - {machine.hostname for machine in found}:
        raise OperatorMustFix("live_ok_not_selected", names=", ".join(sorted(others)))
    return found, unknown


def _judge(tx: Tx, context: Context, machine: Machine, request: ArmRequest) -> PlanLine:
    image = images.newest_of_name(tx, machine.os) if machine.os else None
    known = not machine.profile or machine.profile in context.settings.profile
    asked = Asked(request.reinstall, request.retry, request.reason, known)
    verdict = may_arm(machine, installs.latest(tx, context.site, machine.id), image, asked)
    match verdict:
        case WillInstall():
            return PlanLine(machine, verdict.image)
        case WillNot():
            return PlanLine(machine, image, verdict.key, verdict.values)


def _arm_one(tx: Tx, now: int, context: Context, line: PlanLine, request: ArmRequest, actor: str) -> PlanLine:
    machine, image = line.machine, line.image
    assert image is not None
    latest = installs.latest(tx, context.site, machine.id)
    if latest and latest.claimed and latest.state is not State.DONE:
        # Whoever wrote for the last attempt, and perhaps still does, is told to stop.
        sessions.fence_others(tx, machine.site, machine.id, latest.id, "", now)
    network = network_of_machine(tx, context, machine)
    if request.retry and latest:
        advance(
            tx,
            now,
            context,
            latest,
            Trigger.RETRIED,
            actor,
            {"reason": request.reason},
            # What it may do from here on is this person's word, as the timeline and the hook tell it.
            armed_by=actor,
            reason=request.reason or latest.reason,
            os=machine.os,
            image=image.sha256,
            profile=machine.profile,
            reinstall=request.reinstall,
            network=network,
            live_ok=machine.hostname in request.live_ok,
            expires_at=expires_at(context, now),
        )
        return PlanLine(machine, image, install=latest.id)
    install = Install(
        id=new_id(), site=machine.site, machine=machine.id, state=State.QUEUED, attempt=1, version=1, live=True,
        since=now, deadline=0, armed_at=now, armed_by=actor, reason=request.reason,
        os=machine.os, image=image.sha256, profile=machine.profile, reinstall=request.reinstall,
        network=network, live_ok=machine.hostname in request.live_ok, expires_at=expires_at(context, now),
    )  # fmt: skip
    installs.add(tx, install)
    # What was said of an install that has ended says nothing of this one: much may have come to the disk since.
    approvals.use_up(tx, machine.site, machine.id)
    values: Values = {"os": machine.os, "image": image.sha256[:12], "reason": request.reason}
    events.append(tx, machine.site, machine.id, now, "install_armed", values, actor, install.id)
    return PlanLine(machine, image, install=install.id)


def expires_at(context: Context, now: int) -> int:
    """When the arming ends by itself: nobody wants to be surprised by an install that was forgotten for weeks."""
    hours = context.settings.arming_expires_h
    return now + hours * 3_600_000_000 if hours else 0
