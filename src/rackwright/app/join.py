"""A RAM OS reports for the first time: identity, session, verdict. The only place that releases a token."""

from __future__ import annotations

from dataclasses import asdict, replace

from rackwright.app.advance import advance
from rackwright.app.context import Context
from rackwright.app.orders import order_for
from rackwright.app.verdict import verdict
from rackwright.decide.arming import may_go_on
from rackwright.decide.bmc_identity import Joined as Who
from rackwright.decide.bmc_identity import same_machine
from rackwright.decide.compare import Differs, Matches
from rackwright.decide.contents import fingerprint
from rackwright.decide.identify import Known, identify
from rackwright.decide.intruder import is_intruder
from rackwright.decide.lifecycle import Trigger
from rackwright.store import events, installs, machines, sessions, sightings
from rackwright.store.json_text import to_text
from rackwright.store.sessions import Session
from rackwright.store.store import Tx
from rackwright.values.event import Values
from rackwright.values.ids import genuine, new_id, parse_mac
from rackwright.values.install import Install, State
from rackwright.values.machine import Machine
from rackwright.values.reported import one_line
from rackwright_wire.facts import Disk, Facts
from rackwright_wire.messages import Join, Joined

MOST_NICS = 256  # no machine has more; each costs a look-up
LONGEST_FACTS = 1 << 17  # of a machine that nobody knows; a large server's take a quarter of it


def join(tx: Tx, now: int, context: Context, message: Join, address: str, lease_mac: str | None) -> Joined:
    """`address` is the peer's; `lease_mac` the port its lease was given to, None when no lease is known.

    The same boot from the same address gets the same session and token. Wrong or unarmed machines get a
    session without a token: they may only poll.
    """
    facts = message.facts
    macs = [mac for nic in facts.nics[:MOST_NICS] if (mac := parse_mac(nic.mac))]
    who = identify(*machines.ids_by_identity(tx, context.site, one_line(genuine(facts.serial), 128), macs))
    machine = machines.lock(tx, context.site, who.machine) if isinstance(who, Known) else None
    known = sessions.by_boot(tx, context.site, message.boot_id)
    wrong = bool((known and known.address != address) or (lease_mac and lease_mac not in macs))
    # Bound to the machine only from the right address: any other hears nothing of its install.
    owner = machine.id if machine and not wrong else ""
    fresh = Session(context.site, new_id(), message.boot_id, owner, "", address, now)
    session = known or fresh
    if machine and wrong:
        values: Values = {"address": address, "expected": session.address, "lease": lease_mac or ""}
        events.append_once(tx, machine.site, machine.id, now, "join_from_wrong_address", values, "machine")
    if not (known and wrong):
        session = replace(session, facts=to_text(asdict(facts)))
        sessions.put(tx, session)
    if known is None:
        sessions.forget_unarmed(tx, session)
    if machine is None:
        _discover(tx, now, context, facts, address)
    if machine is None or wrong:
        return _joined(tx, now, context, session, None, "")
    install = installs.latest(tx, context.site, machine.id)
    if install and install.live and install.session != session.id and is_intruder(machine, install, facts):
        session = _turn_away(tx, now, install, session, facts)
        _discover(tx, now, context, facts, address)
        return _joined(tx, now, context, session, None, "")
    if known is None and install:
        _note_stranger(tx, now, install, address)
    install = _enter(tx, now, context, machine, install, session, facts)
    token = context.session_token(session.id) if install and install.session == session.id else ""
    return _joined(tx, now, context, session, install, token)


def _note_stranger(tx: Tx, now: int, install: Install, address: str) -> None:
    """A new boot of a machine whose install has its live boot already."""
    if install.live and install.session:
        values: Values = {"address": address, "state": install.state.value}
        events.append_once(tx, install.site, install.machine, now, "stranger_joined", values, "machine", install.id)


def _turn_away(tx: Tx, now: int, install: Install, session: Session, facts: Facts) -> Session:
    """It is another machine: its boot is bound to none, idles, and hears nothing of the install."""
    said = {"address": session.address, "serial": one_line(facts.serial, 64), **_of_uuids(install, facts)}
    events.append_once(tx, install.site, install.machine, now, "intruder_joined", said, "machine", install.id)
    session = replace(session, machine="", install="")
    sessions.put(tx, session)
    return session


def _joined(tx: Tx, now: int, context: Context, session: Session, install: Install | None, token: str) -> Joined:
    order = order_for(tx, context, install, session)
    return Joined(session.id, token, now, order)


def _enter(
    tx: Tx, now: int, context: Context, machine: Machine, install: Install | None, session: Session, facts: Facts
) -> Install | None:
    """Makes this boot the live session of an install that awaits it, and gives the verdict on its facts. A boot that
    was fenced stays so: it may be the one that wrote for the last attempt."""
    if install is None or not install.live or session.fenced_at:
        return install
    if install.state is State.STARTING and install.powered_on_at:
        # The boot request's record was lost or came by another way; the join proves the same boot.
        install = advance(tx, now, context, install, Trigger.BOOTED, "machine", {"address": session.address}) or install
    if install.state is not State.INSPECTING:
        return install
    sessions.fence_others(tx, context.site, machine.id, install.id, session.id, now)
    sessions.put(tx, replace(session, machine=machine.id, install=install.id))
    events.append(tx, context.site, machine.id, now, "agent_joined", _seen(facts), "machine", install.id)
    return _judge(tx, now, context, machine, install, session, facts)


def _judge(
    tx: Tx, now: int, context: Context, machine: Machine, install: Install, session: Session, facts: Facts
) -> Install | None:
    if against := may_go_on(machine, install):
        return advance(tx, now, context, install, Trigger.BROKE, "rackwright", session=session.id, cause=against.cause)
    found = verdict(tx, context, machine, install, facts)
    if isinstance(found, Matches) and same_machine(install.bmc_guid, install.bmc_proof, facts.uuid) is Who.DIFFERS:
        found = Differs("another_machine_joined", _of_uuids(install, facts))
    match found:
        case Differs():
            cause = {"key": found.key, **found.values}
            return advance(tx, now, context, install, Trigger.DIFFERED, "rackwright", session=session.id, cause=cause)
        case Matches():
            return advance(
                tx, now, context, install, Trigger.MATCHED, "rackwright", _disk_values(found.disk),
                session=session.id, disk_serial=found.disk.serial, disk_wwn=found.disk.wwn,
                disk_path=found.disk.path, boot_mode=one_line(facts.boot_mode, 8),
                disk_fingerprint=fingerprint(found.disk), smbios_uuid=genuine(one_line(facts.uuid, 64)).lower(),
            )  # fmt: skip


def _of_uuids(install: Install, facts: Facts) -> Values:
    return {"reported": one_line(facts.uuid, 64), "guid": install.bmc_guid}


def _disk_values(disk: Disk) -> Values:
    return {"disk": one_line(disk.device, 64), "serial": one_line(disk.serial, 64), "size": disk.size_bytes}


def _seen(facts: Facts) -> Values:
    return {
        "serial": one_line(facts.serial, 64), "model": one_line(facts.model, 64),
        "boot_mode": one_line(facts.boot_mode, 8),
        "disks": len(facts.disks), "nics": len(facts.nics), "memory": facts.memory_bytes,
    }  # fmt: skip


def _discover(tx: Tx, now: int, context: Context, facts: Facts, address: str) -> None:
    mac = parse_mac(facts.boot_mac) or next((m for nic in facts.nics if (m := parse_mac(nic.mac))), None)
    if mac is None:
        return
    text = to_text(asdict(facts))
    seen = sightings.Discovered(
        mac=mac, serial=one_line(genuine(facts.serial), 128), vendor=one_line(facts.vendor, 128),
        model=one_line(facts.model, 128),
        address=address, first_at=now, last_at=now,
        facts=text if len(text) <= LONGEST_FACTS else "",
    )  # fmt: skip
    sightings.put_discovered(tx, context.site, seen)
