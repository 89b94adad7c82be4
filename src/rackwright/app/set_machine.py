"""Changes some fields of one machine, by the same columns and checks as an import."""

from __future__ import annotations

from collections.abc import Mapping

from rackwright.app.bmc_password import is_bmc_password
from rackwright.app.write_edits import write_edits
from rackwright.decide.register_edit import Register, Verdict, edit, judged, read_cell
from rackwright.decide.register_fields import EMPTIES, FIELDS, PASSWORD, Field, column
from rackwright.store import machines, register
from rackwright.store.store import Tx
from rackwright.values.errors import NotFound, OperatorMustFix
from rackwright.values.machine import Machine
from rackwright.values.problem import Problem
from rackwright.vault.vault import Vault


def set_machine(
    tx: Tx, now: int, vault: Vault, site: str, name: str, changes: Mapping[str, str], actor: str, reason: str = ""
) -> Machine:
    """`name` is a hostname or serial. An empty text empties its field; an empty password keeps it (`-` empties).
    With a reason, fields that an install under way relies on may change too. Raises OperatorMustFix."""
    found = machines.by_name(tx, site, name)
    machine = machines.lock(tx, site, found.id) if found else None
    if machine is None:
        raise NotFound("machine_unknown", name=name)
    values, problems = _read(site, changes)
    busy = frozenset[str]() if reason else register.busy(tx, site, [machine.id])

    def same_password(known: Machine, password: str) -> bool:
        return is_bmc_password(vault, known, password)

    draft = Register(site, (), busy, same_password, register.live(tx, site, [machine.id]))
    wanted = edit(draft, 0, machine, machine, values, problems)
    around = Register(site, register.holders(tx, machine, wanted.after), busy, same_password)
    (done,) = judged((wanted,), around)
    if done.problems:
        raise OperatorMustFix(done.problems[0].key, **done.problems[0].values)
    if done.verdict is Verdict.CHANGED:
        write_edits(tx, now, vault, site, [done], actor=actor, reason=reason)
    changed = machines.get(tx, site, machine.id)
    assert changed is not None
    return changed


def _read(site: str, changes: Mapping[str, str]) -> tuple[dict[Field, object], list[Problem]]:
    values: dict[Field, object] = {}
    problems: list[Problem] = []
    for name, text in changes.items():
        field = column(name)
        if field is None:
            raise OperatorMustFix("field_unknown", field=name[:100], known=", ".join(f.name for f in FIELDS))
        if field.name == PASSWORD and not text.strip():
            continue
        value = read_cell(site, field, text if text.strip() else EMPTIES)
        if isinstance(value, Problem):
            problems.append(value)
        else:
            values[field] = value
    return values, problems
