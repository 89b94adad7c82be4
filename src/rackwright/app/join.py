"""A RAM OS reports for the first time: identity, session, verdict. The only place that releases a token."""

from __future__ import annotations

from dataclasses import asdict, replace

from rackwright.app.advance import advance
from rackwright.app.context import Context
from rackwright.app.orders import order_for
from rackwright.decide.compare import Differs, Matches, compare
from rackwright.decide.identify import Known, identify
from rackwright.decide.lifecycle import Trigger
from rackwright.store import events, images, installs, machines, sessions, sightings
from rackwright.store.json_text import to_text
from rackwright.store.sessions import Session
from rackwright.store.store import Tx
from rackwright.values.event import Values
from rackwright.values.ids import genuine, new_id, parse_mac
from rackwright.values.install import Install, State
from rackwright.values.machine import Machine
from rackwright_wire.facts import Disk, Facts
from rackwright_wire.messages import Join, Joined


def join(tx: Tx, now: int, context: Context, message: Join, address: str, lease_mac: str | None) -> Joined:
    """`address` is the peer's; `lease_mac` the port its lease was given to, None when no lease is known.

    The same boot from the same address gets the same session and token. Wrong or unarmed machines get a
    session without a token: they may only poll.
    """
    macs = [mac for nic in message.facts.nics if (mac := parse_mac(nic.mac))]
    who = identify(*machines.ids_by_identity(tx, context.site, genuine(message.facts.serial), macs))
    machine = machines.lock(tx, context.site, who.machine) if isinstance(who, Known) else None
    session = _session(tx, now, context, message, machine, address)
    if machine is None:
        _discover(tx, now, context, message.facts, address)
        return _joined(tx, now, context, session, None, "")
    install = installs.latest(tx, context.site, machine.id)
    if session.address != address or (lease_mac and lease_mac not in macs):
        values: Values = {"address": address, "expected": session.address, "lease": lease_mac or ""}
        events.append(tx, context.site, machine.id, now, "join_from_wrong_address", values, "machine")
        return _joined(tx, now, context, session, None, "")
    install = _enter(tx, now, context, machine, install, session, message.facts)
    token = context.session_token(session.id) if install and install.session == session.id else ""
    return _joined(tx, now, context, session, install, token)


def _session(tx: Tx, now: int, context: Context, message: Join, machine: Machine | None, address: str) -> Session:
    known = sessions.by_boot(tx, context.site, message.boot_id)
    facts = to_text(asdict(message.facts))
    if known:
        session = replace(known, facts=facts)
    else:
        owner = machine.id if machine else ""
        session = Session(context.site, new_id(), message.boot_id, owner, "", address, now, facts=facts)
    sessions.put(tx, session)
    return session


def _joined(tx: Tx, now: int, context: Context, session: Session, install: Install | None, token: str) -> Joined:
    order = order_for(tx, context, install, session)
    return Joined(session.id, token, now, order)


def _enter(
    tx: Tx, now: int, context: Context, machine: Machine, install: Install | None, session: Session, facts: Facts
) -> Install | None:
    """Makes this boot the live session of an install that awaits it, and gives the verdict on its facts."""
    if install is None or not install.live:
        return install
    if install.state is State.STARTING and install.powered_on_at:
        # The boot request's record was lost or came by another way; the join proves the same boot.
        install = advance(tx, now, context, install, Trigger.BOOTED, "machine", {"address": session.address}) or install
    if install.state is not State.INSPECTING:
        if install.state is State.INSTALLING and install.session != session.id:
            values: Values = {"address": session.address}
            events.append(tx, context.site, machine.id, now, "stranger_joined", values, "machine", install.id)
        return install
    sessions.fence_others(tx, context.site, machine.id, install.id, session.id, now)
    sessions.put(tx, replace(session, machine=machine.id, install=install.id, fenced_at=0))
    events.append(tx, context.site, machine.id, now, "agent_joined", _seen(facts), "machine", install.id)
    return _judge(tx, now, context, machine, install, session, facts)


def _judge(
    tx: Tx, now: int, context: Context, machine: Machine, install: Install, session: Session, facts: Facts
) -> Install | None:
    image = images.get(tx, install.image)
    if image is None:
        cause = {"key": "image_gone", "image": install.image[:12]}
        return advance(tx, now, context, install, Trigger.DIFFERED, "rackwright", session=session.id, cause=cause)
    aliases = {name: model.aliases for name, model in context.settings.hardware_model.items()}
    verdict = compare(machine, facts, aliases, image)
    match verdict:
        case Differs():
            cause = {"key": verdict.key, **verdict.values}
            return advance(tx, now, context, install, Trigger.DIFFERED, "rackwright", session=session.id, cause=cause)
        case Matches():
            return advance(
                tx, now, context, install, Trigger.MATCHED, "rackwright", _disk_values(verdict.disk),
                session=session.id, disk_serial=verdict.disk.serial, disk_wwn=verdict.disk.wwn,
                disk_path=verdict.disk.path, boot_mode=facts.boot_mode[:8],
            )  # fmt: skip


def _disk_values(disk: Disk) -> Values:
    return {"disk": disk.device, "serial": disk.serial, "size": disk.size_bytes}


def _seen(facts: Facts) -> Values:
    return {
        "serial": facts.serial[:64], "model": facts.model[:64], "boot_mode": facts.boot_mode[:8],
        "disks": len(facts.disks), "nics": len(facts.nics), "memory": facts.memory_bytes,
    }  # fmt: skip


def _discover(tx: Tx, now: int, context: Context, facts: Facts, address: str) -> None:
    mac = parse_mac(facts.boot_mac) or next((m for nic in facts.nics if (m := parse_mac(nic.mac))), None)
    if mac is None:
        return
    seen = sightings.Discovered(
        mac=mac, serial=facts.serial[:128], vendor=facts.vendor[:128], model=facts.model[:128],
        address=address, first_at=now, last_at=now, facts=to_text(asdict(facts)),
    )  # fmt: skip
    sightings.put_discovered(tx, context.site, seen)
