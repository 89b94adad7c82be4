"""Requests: a page of the register with how each machine's install stands, and one machine with all about it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields

import msgspec

from rackwright.app.context import Context
from rackwright.app.install_view import InstallView, install_views
from rackwright.app.machine_view import MachineView, machine_view
from rackwright.app.select_machines import select_machines
from rackwright.decide.contents import summary
from rackwright.store import installs, machines, sessions
from rackwright.store.store import Tx
from rackwright.values.errors import NotFound
from rackwright.values.reported import one_line
from rackwright_wire.facts import Facts

_VIEW = tuple(field.name for field in fields(MachineView))


@dataclass(frozen=True, slots=True)
class ListedMachine(MachineView):
    """`state` is its latest install's, empty when it never had one."""

    state: str = ""


@dataclass(frozen=True, slots=True)
class MachinePage:
    """`next` is what to give for `after`; empty at the end."""

    machines: list[ListedMachine]
    next: str


@dataclass(frozen=True, slots=True)
class MachineDetail(ListedMachine):
    """`facts` are what the machine last reported, in the agent's own shape; `holds` says for each disk of them, by
    device, in a line what it holds."""

    install: InstallView | None = None
    facts: dict[str, object] | None = None
    holds: dict[str, str] | None = None


def list_machines(tx: Tx, site: str, filters: Mapping[str, str], after: str, limit: int) -> MachinePage:
    """In hostname order after a hostname. Raises OperatorMustFix for a filter that there is not."""
    found = list(select_machines(tx, site, filters, after, limit + 1))
    more = len(found) > limit
    listed = [_listed(machine_view(one.machine, one.seen_at, one.seen_as), one.state) for one in found[:limit]]
    return MachinePage(listed, listed[-1].hostname if more else "")


def show_machine(tx: Tx, context: Context, language: str, name: str) -> MachineDetail:
    """By hostname or serial. Raises NotFound."""
    machine = machines.by_name(tx, context.site, name)
    if machine is None:
        raise NotFound("machine_unknown", name=name)
    (row,) = machines.page(tx, context.site, {"id": machine.id}, "", 1)
    latest = installs.latest(tx, context.site, machine.id)
    session = sessions.last_of_machine(tx, context.site, machine.id)
    view = machine_view(*row)
    facts = session.facts if session else ""
    return MachineDetail(
        **{name: getattr(view, name) for name in _VIEW},
        state=latest.state.value if latest else "",
        install=install_views(tx, context, language, ids=[latest.id])[0] if latest else None,
        facts=json.loads(facts) if facts else None,
        holds={one_line(d.device, 64): summary(d) for d in msgspec.json.decode(facts, type=Facts).disks}
        if facts
        else None,
    )


def _listed(view: MachineView, state: str) -> ListedMachine:
    return ListedMachine(**{name: getattr(view, name) for name in _VIEW}, state=state)
