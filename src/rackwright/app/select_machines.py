"""Which machines of the register an operator means by filters: one table of them, for lists and for installs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rackwright.store import installs, machines
from rackwright.store.store import Tx
from rackwright.values.errors import OperatorMustFix
from rackwright.values.machine import Machine

# Columns that are compared exactly; `state` is the latest install's, and `label.` any label.
COLUMNS = (
    "hostname", "serial", "asset_tag", "external_id", "rack", "unit", "vendor", "model", "os", "profile", "owner",
    "service",
)  # fmt: skip
STATE = "state"
LABELS = ("label.", "labels.")
LOOK_AT = 500  # rows read at a time while looking for a label or a state


@dataclass(frozen=True, slots=True)
class Selected:
    """`seen_at` is UTC microseconds, 0 for never; `state` is its latest install's, empty when it never had one."""

    machine: Machine
    seen_at: int
    seen_as: str
    state: str


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
