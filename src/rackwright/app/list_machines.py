"""Requests: a page of the register with how each machine's install stands, and one machine with all about it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields

from rackwright.app.context import Context
from rackwright.app.install_view import InstallView, install_views
from rackwright.app.machine_view import MachineView, machine_view
from rackwright.store import installs, machines, sessions
from rackwright.store.store import Tx
from rackwright.values.errors import NotFound, OperatorMustFix

# Columns that a list can be narrowed by; `state` is the latest install's, and `label.` any label.
COLUMNS = (
    "hostname", "serial", "asset_tag", "external_id", "rack", "unit", "vendor", "model", "os", "profile", "owner",
    "service",
)  # fmt: skip
STATE = "state"
LABELS = ("label.", "labels.")
LOOK_AT = 500  # rows read at a time while looking for a label or a state
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
    """`facts` are what the machine last reported, in the agent's own shape."""

    install: InstallView | None = None
    facts: dict[str, object] | None = None


def list_machines(tx: Tx, site: str, filters: Mapping[str, str], after: str, limit: int) -> MachinePage:
    """In hostname order after a hostname. Raises OperatorMustFix for a filter that there is not."""
    columns, labels, state = _split(filters)
    found: list[ListedMachine] = []
    while True:
        page = machines.page(tx, site, columns, after, LOOK_AT if labels or state else limit + 1)
        states = installs.latest_of(tx, site, [machine.id for machine, _, _ in page])
        for machine, seen_at, seen_as in page:
            latest = states.get(machine.id)
            stands = latest.state.value if latest else ""
            if (state and stands != state) or not labels.items() <= dict(machine.labels).items():
                continue
            if len(found) == limit:
                return MachinePage(found, found[-1].hostname)
            found.append(_listed(machine_view(machine, seen_at, seen_as), stands))
        if not page or not (labels or state):
            return MachinePage(found, "")
        after = page[-1][0].hostname


def show_machine(tx: Tx, context: Context, language: str, name: str) -> MachineDetail:
    """By hostname or serial. Raises NotFound."""
    machine = machines.by_name(tx, context.site, name)
    if machine is None:
        raise NotFound("machine_unknown", name=name)
    (row,) = machines.page(tx, context.site, {"id": machine.id}, "", 1)
    latest = installs.latest(tx, context.site, machine.id)
    session = sessions.last_of_machine(tx, context.site, machine.id)
    view = machine_view(*row)
    return MachineDetail(
        **{name: getattr(view, name) for name in _VIEW},
        state=latest.state.value if latest else "",
        install=install_views(tx, context, language, ids=[latest.id])[0] if latest else None,
        facts=json.loads(session.facts) if session and session.facts else None,
    )


def _split(filters: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str], str]:
    columns: dict[str, str] = {}
    labels: dict[str, str] = {}
    for name, wanted in filters.items():
        prefix = next((prefix for prefix in LABELS if name.startswith(prefix)), None)
        if prefix:
            labels[name.removeprefix(prefix)] = wanted
        elif name in COLUMNS:
            columns[name] = wanted
        elif name == "site":
            # One server has one site: another one's machines are none, not an error.
            columns["site"] = wanted
        elif name != STATE:
            raise OperatorMustFix("filter_unknown", filter=name[:100], known=", ".join((*COLUMNS, STATE, "label.KEY")))
    return columns, labels, filters.get(STATE, "")


def _listed(view: MachineView, state: str) -> ListedMachine:
    return ListedMachine(**{name: getattr(view, name) for name in _VIEW}, state=state)
