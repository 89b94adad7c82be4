"""Which machines of the register an operator means, by names and filters: one table of them, for lists and acts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rackwright.decide.register_cells import yes_or_no
from rackwright.store import installs, machines
from rackwright.store.store import Tx
from rackwright.values.errors import OperatorMustFix
from rackwright.values.machine import Machine
from rackwright.values.problem import Problem

# Columns that are compared exactly; `protected` is yes or no, `state` is the latest install's, and `label.` any label.
COLUMNS = (
    "hostname", "serial", "asset_tag", "external_id", "rack", "unit", "vendor", "model", "os", "profile", "owner",
    "service",
)  # fmt: skip
STATE = "state"
PROTECTED = "protected"
LABELS = ("label.", "labels.")
LOOK_AT = 500  # rows read at a time while looking for a label or a state


@dataclass(frozen=True, slots=True)
class Selected:
    """`seen_at` is UTC microseconds, 0 for never; `state` is its latest install's, empty when it never had one."""

    machine: Machine
    seen_at: int
    seen_as: str
    state: str


def chosen(
    tx: Tx, site: str, names: Sequence[str], where: Mapping[str, str], most: int
) -> tuple[list[Machine], tuple[str, ...]]:
    """Machines by hostname or serial, then those that match, each once; and the names that nobody has.

    Raises OperatorMustFix when nothing selects a machine or a filter is unknown."""
    if not names and not where:
        raise OperatorMustFix("nothing_selected")
    found: dict[str, Machine] = {}
    unknown: list[str] = []
    for name in names:
        machine = machines.by_name(tx, site, name)
        if machine is None:
            unknown.append(name)
        else:
            found[machine.id] = machine
    if where:
        found |= {one.machine.id: one.machine for one in select_machines(tx, site, where, "", most)}
    return list(found.values()), tuple(unknown)


def select_machines(tx: Tx, site: str, filters: Mapping[str, str], after: str, most: int) -> Iterator[Selected]:
    """At most `most`, in hostname order after a hostname. Raises OperatorMustFix for a filter that there is not."""
    columns, labels, state = _split(filters)
    step = LOOK_AT if labels or state else most
    while most > 0:
        page = machines.page(tx, site, columns, after, step)
        latest = installs.latest_of(tx, site, [machine.id for machine, _, _ in page])
        for machine, seen_at, seen_as in page:
            stands = latest[machine.id].state.value if machine.id in latest else ""
            if most > 0 and stands == (state or stands) and labels.items() <= dict(machine.labels).items():
                most -= 1
                yield Selected(machine, seen_at, seen_as, stands)
        if len(page) < step:
            return
        after = page[-1][0].hostname


def _split(filters: Mapping[str, str]) -> tuple[dict[str, str | bool], dict[str, str], str]:
    columns: dict[str, str | bool] = {}
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
        elif name == PROTECTED:
            given = yes_or_no(wanted)
            if isinstance(given, Problem):
                raise OperatorMustFix(given.key, **given.values, field=PROTECTED)
            columns[PROTECTED] = given
        elif name != STATE:
            known = ", ".join((*COLUMNS, PROTECTED, STATE, "label.KEY"))
            raise OperatorMustFix("filter_unknown", filter=name[:100], known=known)
    return columns, labels, filters.get(STATE, "")
