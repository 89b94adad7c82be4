"""The claim: the single consumption of an install's right to destroy data."""

from __future__ import annotations

from rackwright.app.advance import advance
from rackwright.app.context import Context
from rackwright.app.poll import WrongSession
from rackwright.app.write_plan import write_plan
from rackwright.decide.lifecycle import Trigger
from rackwright.store import events, images, installs, machines, sessions
from rackwright.store.json_text import to_text
from rackwright.store.sessions import GrantedClaim, Session
from rackwright.store.store import Tx
from rackwright.values.install import Install, State
from rackwright.values.machine import Machine
from rackwright.words import say
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
    granted = sessions.claim_of(tx, context.site, install.id, message.attempt)
    if granted:
        same = granted.session == session.id and install.state is State.INSTALLING
        if not same:
            return _denied(tx, now, context, session, "claim_taken")
        return _granted(tx, context, machine, install, door_url)
    why_not = _why_not(session, install, message)
    if why_not:
        return _denied(tx, now, context, session, why_not)
    scope = to_text([{"serial": d.serial, "wwn": d.wwn, "path": d.path} for d in message.disks])
    sessions.add_claim(tx, GrantedClaim(context.site, install.id, install.attempt, session.id, scope, now))
    values = {"act": "image", "disk": install.disk_serial or install.disk_wwn or install.disk_path}
    moved = advance(tx, now, context, install, Trigger.CLAIMED, "machine", values)
    assert moved is not None
    return _granted(tx, context, machine, moved, door_url)


def _why_not(session: Session, install: Install, message: Claim) -> str:
    if session.fenced_at or install.session != session.id:
        return "claim_stale_session"
    if install.state is not State.GRANTED or install.attempt != message.attempt:
        return "claim_not_granted"
    if message.act != "image" or message.disks != (DiskName(install.disk_serial, install.disk_wwn, install.disk_path),):
        return "claim_wrong_scope"
    return ""


def _denied(tx: Tx, now: int, context: Context, session: Session, key: str) -> Claimed:
    events.append(tx, context.site, session.machine, now, "claim_denied", {"why": key}, "machine", session.install)
    return Claimed(granted=False, text=say(context.settings.language, key, {}))


def _granted(tx: Tx, context: Context, machine: Machine, install: Install, door_url: str) -> Claimed:
    image = images.get(tx, install.image)
    assert image is not None, "an image that an install pins cannot be removed"
    return Claimed(granted=True, plan=write_plan(context, machine, install, image, door_url))
