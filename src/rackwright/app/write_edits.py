"""Writes judged edits of the register, each under its machine's lock and with its event."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from rackwright.app.bmc_password import seal_bmc_password
from rackwright.decide.register_edit import Edit, becomes_protected, identities, relied_on
from rackwright.store import events, machines, register
from rackwright.store.store import Tx
from rackwright.values.errors import Transient
from rackwright.values.event import Scalar, Values
from rackwright.values.ids import new_id
from rackwright.values.machine import Machine, Protection
from rackwright.vault.vault import Vault


def write_edits(
    tx: Tx, now: int, vault: Vault, site: str, edits: Sequence[Edit], *, actor: str, reason: str = ""
) -> None:
    """Writes edits without problems. Raises Transient, for the caller to judge again, when a machine is no longer
    what the edit was judged against. A reason lets an edit through that an install under way relies on."""
    current = _locked(tx, site, edits)
    _check_still_free(tx, site, [edit for edit in edits if becomes_protected(edit.before, edit.after)], register.live)
    if not reason:
        _check_still_free(tx, site, [edit for edit in edits if relied_on(edit.changes)], register.busy)
    said = Protection(actor, reason, now)
    ready = [_ready(vault, edit, current, said) for edit in edits]
    register.put_all(tx, _vacated(edits, current))
    register.put_all(tx, (machine for machine, _ in ready))
    for machine, edit in ready:
        kind = "machine_changed" if edit.before else "machine_added"
        values: dict[str, Scalar] = {"hostname": machine.hostname}
        if edit.before:
            values["fields"] = ", ".join(change.field for change in edit.changes)
        events.append(tx, site, machine.id, now, kind, _with(values, reason), actor)
        if machine.protected and not (edit.before and edit.before.protected):
            events.append(tx, site, machine.id, now, "machine_protected", {"reason": reason}, actor)


def movers(edits: Sequence[Edit]) -> frozenset[int]:
    """Positions of edits that pass an identity on or take one over: they are written in one transaction."""
    before = {identity: n for n, edit in enumerate(edits) if edit.before for identity in identities(edit.before)}
    pairs = (
        (n, before[identity])
        for n, edit in enumerate(edits)
        for identity in identities(edit.after)
        if identity in before
    )
    return frozenset(n for taker, giver in pairs if taker != giver for n in (taker, giver))


def _locked(tx: Tx, site: str, edits: Sequence[Edit]) -> dict[str, Machine]:
    """In the order of ids: two batches that overlap cannot wait for each other."""
    found: dict[str, Machine] = {}
    for before in sorted((edit.before for edit in edits if edit.before), key=lambda machine: machine.id):
        machine = machines.lock(tx, site, before.id)
        if machine is None or machine.version != before.version:
            raise Transient("register_changed_meanwhile", machine=before.hostname)
        found[machine.id] = machine
    return found


def _check_still_free(
    tx: Tx, site: str, edits: Sequence[Edit], taken: Callable[[Tx, str, Sequence[str]], frozenset[str]]
) -> None:
    touched: dict[str, str] = {edit.before.id: edit.before.hostname for edit in edits if edit.before}
    for machine_id in taken(tx, site, list(touched)):
        raise Transient("register_changed_meanwhile", machine=touched[machine_id])


def _ready(vault: Vault, edit: Edit, current: dict[str, Machine], said: Protection) -> tuple[Machine, Edit]:
    machine = edit.after if edit.before else replace(edit.after, id=new_id())
    bmc = machine.bmc
    if edit.before:
        known = current[machine.id].bmc
        # The cipher suite belongs to the BMC that answered; another address is another BMC.
        same = (known.type, known.address) == (bmc.type, bmc.address)
        bmc = replace(bmc, cipher=known.cipher if same else None)
    if edit.password is not None:
        bmc = replace(bmc, password=seal_bmc_password(vault, machine.id, edit.password))
    protection = said if machine.protection and not machine.protection.at else machine.protection
    return replace(machine, bmc=bmc, protection=protection), edit


def _vacated(edits: Sequence[Edit], current: dict[str, Machine]) -> list[Machine]:
    """Machines that pass an identity on, without any: two rows may swap their addresses in one file."""
    moving = movers(edits)
    leaving = [current[edit.before.id] for n, edit in enumerate(edits) if n in moving and edit.before]
    return [
        replace(
            machine,
            hostname=f"~{machine.id}",
            serial="",
            nics=(),
            addresses=(),
            bmc=replace(machine.bmc, address=""),
        )
        for machine in leaving
    ]


def _with(values: dict[str, Scalar], reason: str) -> Values:
    return {**values, "reason": reason} if reason else values
