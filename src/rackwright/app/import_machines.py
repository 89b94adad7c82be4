"""Brings the register up to date with a spreadsheet: a verdict for every row first, then all, or none."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from rackwright.app.audit import of_machines, refused
from rackwright.app.bmc_password import is_bmc_password
from rackwright.app.write_edits import movers, write_edits
from rackwright.decide.register_edit import Change, Edit, Register, Verdict
from rackwright.decide.register_import import judge
from rackwright.store import machines, register
from rackwright.store.store import Store, Tx
from rackwright.values.audit import BEGUN, Told
from rackwright.values.machine import Machine
from rackwright.values.problem import Problem
from rackwright.values.sheet import Sheet
from rackwright.vault.vault import Vault

# A chunk keeps the database busy for about a quarter of a second.
CHUNK_ROWS: Final = 200
# Between two chunks, so that machines waiting for an answer get theirs.
PAUSE_S: Final = 0.05
Note = Callable[[Tx, Told], None]


@dataclass(frozen=True, slots=True)
class RowReport:
    """`changes` are texts as export prints them, never a password's."""

    line: int
    hostname: str
    verdict: Verdict
    changes: tuple[Change, ...]
    errors: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class ImportReport:
    """`written` rows were new or changed; `counts` has every verdict's number."""

    rows: tuple[RowReport, ...]
    written: int
    counts: dict[str, int]


def import_in_chunks(
    store: Store,
    now: int,
    vault: Vault,
    site: str,
    sheet: Sheet,
    *,
    actor: str,
    dry_run: bool = False,
    skip_bad: bool = False,
    note: Note,
) -> ImportReport:
    """Judges in a read transaction, then commits chunk by chunk. A Transient on the way leaves the chunks before
    it written; importing the same file again does the rest.

    `note` is called in the transactions of the first chunk and of the last: no row is written without it."""
    edits = store.read(lambda tx: _judged(tx, vault, site, sheet))
    wanted = _wanted(edits, dry_run=dry_run, skip_bad=skip_bad)
    report = _report(edits, len(wanted))
    chunks = _chunks(wanted) or ([] if dry_run else [[]])
    for number, chunk in enumerate(chunks):
        if number:
            time.sleep(PAUSE_S)

        def write(tx: Tx, number: int = number, chunk: list[Edit] = chunk) -> None:
            write_edits(tx, now, vault, site, chunk, actor=actor)
            if number in (0, len(chunks) - 1):
                note(tx, _told(report, wanted, ended=number == len(chunks) - 1))

        store.write(write)
    return report


def _told(report: ImportReport, wanted: Sequence[Edit], *, ended: bool) -> Told:
    told = of_machines([edit.after.hostname for edit in wanted], "", report.counts)
    if report.counts[Verdict.ERROR.value] and not wanted:
        return refused(told, ["rows_wrong"])
    return told if ended else replace(told, outcome=BEGUN)


def _judged(tx: Tx, vault: Vault, site: str, sheet: Sheet) -> tuple[Edit, ...]:
    def same_password(machine: Machine, password: str) -> bool:
        return is_bmc_password(vault, machine, password)

    known = machines.everyone(tx, site)
    return judge(sheet, Register(site, known, register.busy(tx, site), same_password, register.live(tx, site)))


def _wanted(edits: Sequence[Edit], *, dry_run: bool, skip_bad: bool) -> list[Edit]:
    """The edits to write."""
    if dry_run or (not skip_bad and any(edit.problems for edit in edits)):
        return []
    return [edit for edit in edits if edit.verdict in (Verdict.NEW, Verdict.CHANGED)]


def _chunks(edits: Sequence[Edit]) -> list[list[Edit]]:
    """Rows that pass identities among themselves come first, in one chunk however many they are."""
    moving = movers(edits)
    first = [edit for n, edit in enumerate(edits) if n in moving]
    rest = [edit for n, edit in enumerate(edits) if n not in moving]
    parts = [rest[start : start + CHUNK_ROWS] for start in range(0, len(rest), CHUNK_ROWS)]
    return [first, *parts] if first else parts


def _report(edits: Sequence[Edit], written: int) -> ImportReport:
    rows = tuple(RowReport(e.line, e.after.hostname, e.verdict, e.changes, e.problems) for e in edits)
    counted = Counter(row.verdict for row in rows)
    return ImportReport(rows, written, {verdict.value: counted[verdict] for verdict in Verdict})
