"""An agent's events: durable exactly once before the answer, in its own order, and the transitions they prove."""

from __future__ import annotations

import re

from rackwright.app.advance import advance
from rackwright.app.context import Context
from rackwright.app.orders import order_for
from rackwright.app.poll import WrongSession
from rackwright.decide.lifecycle import Trigger
from rackwright.store import events, installs, machines, sessions
from rackwright.store.store import Tx
from rackwright.values.event import Values
from rackwright.values.install import Install, State
from rackwright.values.reported import one_line
from rackwright_wire.messages import Event, Order, Report

MOST_VALUES = 16
MOST_EVENTS = 100  # of one report; the agent sends what is left again
VOLUME_ID = re.compile(r"[0-9A-F]{4}-[0-9A-F]{4}")  # it goes into a boot script
LONGEST = 400
LARGEST = 2**63 - 1
KINDS = frozenset({"step_started", "step_finished", "step_failed", "handing_over", "install_failed", "noted"})


def report(tx: Tx, now: int, context: Context, message: Report) -> Order:
    """Takes the events after the last accepted one. Raises WrongSession for a session that never joined."""
    session = sessions.get(tx, context.site, message.session)
    if session is None or not session.install or session.boot_id != message.boot_id:
        raise WrongSession
    machines.lock(tx, context.site, session.machine)
    session = sessions.get(tx, context.site, message.session)
    assert session is not None
    install = installs.get(tx, context.site, session.install)
    accepted = session.accepted_seq
    fresh = sorted((event for event in message.events if event.seq > accepted), key=lambda e: e.seq)
    for event in fresh[:MOST_EVENTS]:
        if event.seq != accepted + 1:
            continue  # twice in one report, or a gap that the agent will fill by sending again
        values = _bounded(event)
        kind = f"agent_{event.kind}" if event.kind in KINDS else "agent_noted"
        events.append(
            tx, context.site, session.machine, now, kind, values, "machine", session.install, session.id, event.seq
        )
        accepted = event.seq
        if install and install.session == session.id and not session.fenced_at:
            install = _prove(tx, now, context, install, event.kind, values) or install
    sessions.accept_seq(tx, context.site, session.id, accepted)
    return order_for(tx, context, install, session, accepted)


def _prove(tx: Tx, now: int, context: Context, install: Install, kind: str, values: Values) -> Install | None:
    if kind == "handing_over" and install.state is State.INSTALLING:
        esp, mode = str(values.get("esp_volume_id", "")), str(values.get("boot_mode", ""))
        esp = esp if VOLUME_ID.fullmatch(esp) else ""
        return advance(tx, now, context, install, Trigger.HANDED_OVER, "machine", esp_volume_id=esp, boot_mode=mode[:8])
    if kind == "install_failed" and install.live and install.state is not State.FIRST_BOOT:
        cause = {"key": "agent_failed", "step": values.get("step", ""), "error": values.get("error", "")}
        return advance(tx, now, context, install, Trigger.BROKE, "machine", cause=cause)
    return None


def _bounded(event: Event) -> Values:
    """What a machine says is data of bounded size, whatever it is."""
    return {one_line(key, 40): _scalar(value) for key, value in list(event.values.items())[:MOST_VALUES]}


def _scalar(value: str | float | bool) -> str | float | bool:
    if isinstance(value, str):
        return one_line(value, LONGEST)
    # JSON numbers may have thousands of digits.
    return max(-LARGEST, min(LARGEST, value)) if type(value) is int else value
