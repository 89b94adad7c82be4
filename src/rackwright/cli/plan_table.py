"""The plan of an install, for a person: who will be installed with what, who not and why, and how many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rackwright.cli import show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rackwright.cli.session import Session
    from rackwright.cli.shapes import Plan, PlanLine

COLUMNS = ("hostname", "serial", "verdict", "os", "image", "profile", "disk", "text")
IMAGE_DIGITS = 12


def print_plan(session: Session, plan: Plan) -> None:
    """Two tables on a terminal, one line a machine in a pipe; the numbers go to standard error."""
    if show.on_terminal():
        will = [_row(line, session.say("cli_only_disk")) for line in plan.lines if line.verdict == "install"]
        refused = [(line.hostname, line.serial, line.text) for line in plan.lines if line.verdict != "install"]
        _section(session, "cli_plan_will", ("hostname", "serial", "os", "image", "profile", "disk"), will)
        _section(session, "cli_plan_refused", ("hostname", "serial", "why"), refused)
    else:
        rows = [
            (line.hostname, line.serial, line.verdict, line.os, line.image[:IMAGE_DIGITS], line.profile, line.disk,
             line.text)
            for line in plan.lines
        ]  # fmt: skip
        show.table(session, COLUMNS, rows)
    for name in plan.unknown:
        session.note(session.say("cli_name_unknown", name=show.clean(name)))
    if not plan.lines and not plan.unknown:
        session.note(session.say("cli_nobody_matches"))
    elif len(plan.lines) + len(plan.unknown) > 1:
        session.note(
            session.say("cli_plan_sum", will=plan.will, refused=plan.refused, unknown=len(plan.unknown)).strip()
        )


def _row(line: PlanLine, only_disk: str) -> tuple[str, ...]:
    return line.hostname, line.serial, line.os, line.image[:IMAGE_DIGITS], line.profile, line.disk or only_disk


def _section(session: Session, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    if not rows:
        return
    print(session.say(title, count=len(rows)))
    show.table(session, columns, rows)
    print()
