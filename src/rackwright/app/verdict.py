"""The verdict on what a machine reports: is it the one that the register means, and may the disk meant be written?

Asked at the join, and again at the claim: the register may have been edited since. Reads only."""

from __future__ import annotations

from rackwright.app.context import Context
from rackwright.decide.compare import Differs, Matches, compare
from rackwright.decide.contents import Last, Ours, name_of, unexpected
from rackwright.store import approvals, images, sessions
from rackwright.store.json_text import from_text
from rackwright.store.store import Tx
from rackwright.values.install import Install, State
from rackwright.values.machine import Machine
from rackwright_wire.facts import Disk, Facts


def verdict(tx: Tx, context: Context, machine: Machine, install: Install, facts: Facts) -> Matches | Differs:
    """The first thing that differs decides."""
    image = images.get(tx, install.image)
    if image is None:
        return Differs("image_gone", {"image": install.image[:12]})
    found = compare(machine, facts, context.aliases, image)
    if isinstance(found, Differs):
        return found
    return unexpected(machine, found.disk, _ours(tx, machine, install, found.disk)) or found


def _ours(tx: Tx, machine: Machine, install: Install, disk: Disk) -> Ours:
    return Ours(
        last=_last_of(tx, machine, install, disk),
        reinstall=install.reinstall,
        approved=approvals.fingerprints(tx, machine.site, machine.id, name_of(disk)),
    )


def _last_of(tx: Tx, machine: Machine, install: Install, disk: Disk) -> Last:
    """How the newest claim on this very disk ended. Half a write is taken for granted only by a retry of the install
    that left it: until another one is armed, somebody may have put a system there. A disk that only its slot names may
    be another one by now."""
    if not (disk.serial or disk.wwn):
        return Last.NONE
    for claim, state, current in sessions.claims_of_machine(tx, machine.site, machine.id):
        covered = from_text(claim.scope, {"disks": []})["disks"]
        if {"serial": disk.serial, "wwn": disk.wwn, "path": disk.path} in covered:
            if claim.install == install.id:
                return Last.UNFINISHED
            return Last.DONE if state is State.DONE and claim.attempt == current else Last.NONE
    return Last.NONE
