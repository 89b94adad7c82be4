"""The verdict of an import, for a person: what is wrong first and whole, the rest shortened, then the numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rackwright.cli import show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rackwright.cli.session import Session
    from rackwright.cli.shapes import Change, ImportReport, ImportRow

# On a terminal; a pipe and --json have every row.
MOST_GOOD = 20
MOST_WRONG = 100
COLUMNS = ("line", "hostname", "verdict", "text")
WORDS = {"verdict": "cli_verdict_"}


def print_report(session: Session, report: ImportReport, *, dry_run: bool, skip_bad: bool) -> None:
    wrong = [row for row in report.rows if row.verdict == "error"]
    good = [row for row in report.rows if row.verdict in ("new", "changed")]
    if show.on_terminal():
        _shortened(session, good, MOST_GOOD)
        _shortened(session, wrong, MOST_WRONG)
    else:
        told = [row for row in report.rows if row.verdict != "unchanged"]
        show.table(session, COLUMNS, [_line(row) for row in told])
    counts = ", ".join(
        f"{number} {show.word(session, 'cli_verdict_', verdict)}" for verdict, number in report.counts.items() if number
    )
    session.note(session.say(_outcome(report, dry_run, skip_bad, len(wrong)), written=report.written, counts=counts))


def _outcome(report: ImportReport, dry_run: bool, skip_bad: bool, wrong: int) -> str:
    if not report.rows:
        return "cli_import_no_rows"
    if dry_run:
        return "cli_import_dry"
    if report.written:
        return "cli_import_written"
    return "cli_import_refused" if wrong and not skip_bad else "cli_import_nothing"


def _shortened(session: Session, rows: Sequence[ImportRow], most: int) -> None:
    if not rows:
        return
    show.table(session, COLUMNS, [_line(row) for row in rows[:most]], words=WORDS)
    if len(rows) > most:
        print(session.say("cli_import_more", more=len(rows) - most))
    print()


def _line(row: ImportRow) -> tuple[str, ...]:
    details = [_change(change) for change in row.changes]
    details += [error.text or error.key for error in row.errors]
    return str(row.line), row.hostname, row.verdict, "\n".join(details)


def _change(change: Change) -> str:
    return f"{change.field}: {change.old or '∅'} → {change.new or '∅'}"
