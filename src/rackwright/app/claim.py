"""The claim: the single consumption of an install's right to destroy data."""

from __future__ import annotations

from dataclasses import asdict, replace

import msgspec

from rackwright.app.advance import advance
from rackwright.app.context import Context
from rackwright.app.poll import WrongSession
from rackwright.app.verdict import verdict
from rackwright.app.write_plan import NoPlan, write_plan
from rackwright.decide.arming import may_go_on
from rackwright.decide.compare import Differs, Matches
from rackwright.decide.lifecycle import Trigger
from rackwright.store import approvals, events, images, installs, machines, sessions
from rackwright.store.json_text import to_text
from rackwright.store.sessions import GrantedClaim, Session
from rackwright.store.store import Tx
from rackwright.values.image import Image
from rackwright.values.install import Cause, Install, State
from rackwright.values.machine import Machine, Runs, Service
from rackwright.words import say, why
from rackwright_wire.facts import Facts
from rackwright_wire.messages import Claim, Claimed, DiskName


def claim(tx: Tx, now: int, context: Context, message: Claim, door_url: str) -> Claimed:
    """Granted once for install, attempt and session; the same key gets the same yes, anybody else a no and
    an alarm on the timeline. Raises WrongSession for a session that never joined."""
    session = sessions.get(tx, context.site, message.session)
    if session is None or not session.install or session.boot_id != message.boot_id:
        raise WrongSession
    machine = machines.lock(tx, context.site, session.machine)
    install = installs.get(tx, context.site, message.install)
    if machine is None or install is None or install.machine != session.machine:
        return _denied(tx, now, context, session, "claim_unknown")
    if message.attempt != install.attempt:
        return _denied(tx, now, context, session, "claim_not_granted")
    granted = sessions.claim_of(tx, context.site, install.id, install.attempt)
    if granted:
        same = granted.session == session.id and install.state is State.INSTALLING
        if not same:
            return _denied(tx, now, context, session, "claim_taken")
        return _planned(tx, now, context, session, machine, install, door_url)
    why_not = _why_not(session, install, message)
    if why_not:
        return _denied(tx, now, context, session, why_not)
    if against := may_go_on(machine, install):
        return _stopped(tx, now, context, session, install, Trigger.BROKE, against.cause)
    if differs := _differs(tx, context, machine, install, session):
        return _stopped(tx, now, context, session, install, Trigger.DIFFERED, differs)
    planned = _planned(tx, now, context, session, machine, install, door_url)
    if not planned.granted:
        return planned
    scope = to_text({"acts": [message.act], "disks": [asdict(disk) for disk in message.disks]})
    sessions.add_claim(tx, GrantedClaim(context.site, install.id, install.attempt, session.id, scope, now))
    # From here on nobody knows what the disk holds, until a phone-home says so.
    machines.set_runs(tx, machine, Runs(), Service.NEW)
    approvals.use_up(tx, context.site, machine.id)
    values = {"act": "image", "disk": _shown(_verified(install))}
    moved = advance(tx, now, context, install, Trigger.CLAIMED, "machine", values)
    assert moved is not None
    return planned


def _why_not(session: Session, install: Install, message: Claim) -> str:
    if session.fenced_at or install.session != session.id:
        return "claim_stale_session"
    if install.state is not State.GRANTED:
        return "claim_not_granted"
    if message.act != "image" or message.disks != (_verified(install),):
        return "claim_wrong_scope"
    return ""


def _denied(tx: Tx, now: int, context: Context, session: Session, key: str) -> Claimed:
    events.append(tx, context.site, session.machine, now, "claim_denied", {"why": key}, "machine", session.install)
    return Claimed(granted=False, text=say(context.settings.language, key, {}))


def _differs(tx: Tx, context: Context, machine: Machine, install: Install, session: Session) -> Cause | None:
    """The register may have been edited, with a reason, since the inspection: the same facts are judged again."""
    found = verdict(tx, context, machine, install, msgspec.json.decode(session.facts, type=Facts))
    match found:
        case Differs():
            return {"key": found.key, **found.values}
        case Matches():
            now = DiskName(found.disk.serial, found.disk.wwn, found.disk.path)
            if now == _verified(install):
                return None
            named = {"now": _shown(now), "verified": _shown(_verified(install))}
            return {"key": "disk_changed_meanwhile", **named}


def _verified(install: Install) -> DiskName:
    return DiskName(install.disk_serial, install.disk_wwn, install.disk_path)


def _shown(disk: DiskName) -> str:
    return disk.serial or disk.wwn or disk.path


def _stopped(
    tx: Tx, now: int, context: Context, session: Session, install: Install, trigger: Trigger, cause: Cause
) -> Claimed:
    """Denied before anything was touched, and the install says why."""
    advance(tx, now, context, install, trigger, "rackwright", cause=cause)
    text = why(context.settings.language, cause)
    return replace(_denied(tx, now, context, session, "claim_not_granted"), text=text)


def _planned(
    tx: Tx, now: int, context: Context, session: Session, machine: Machine, install: Install, door_url: str
) -> Claimed:
    """The plan, or why there is none. Asked for again, its first answer was lost, so nothing is written yet."""
    try:
        return Claimed(granted=True, plan=write_plan(context, machine, install, _image(tx, install), door_url))
    except NoPlan as no:
        return _stopped(tx, now, context, session, install, Trigger.BROKE, no.cause)


def _image(tx: Tx, install: Install) -> Image:
    image = images.get(tx, install.image)
    assert image is not None, "an image that an install pins cannot be removed"
    return image
