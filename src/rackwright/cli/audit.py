"""`rackwright audit`: who did what, why, and what came of it."""

from __future__ import annotations

import re
import sys
import time
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from rackwright.cli.session import USAGE, Session, asking

if TYPE_CHECKING:
    from rackwright.cli.client import Client
    from rackwright.cli.shapes import Audited

PAGE = 500
ENDS_WELL = frozenset(("done", "begun"))
MOST_NAMES = 3  # of an act on many
COLUMNS = ("at", "actor", "act", "target", "outcome", "reason", "figures")
_AGO = re.compile(r"(\d{1,6})\s*([smhdw])")
_UNIT_S = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}


def audit(
    context: typer.Context,
    since: Annotated[str, typer.Option(help="How long ago, or a date: 2h, 7d, 2025-01-31.")] = "",
    until: Annotated[str, typer.Option(help="Up to then.")] = "",
    actor: Annotated[str, typer.Option(help="Whose token.")] = "",
    act: Annotated[str, typer.Option(help="arm_installs, protect_machines, ...")] = "",
    target: Annotated[str, typer.Option(help="A machine, image or token.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Every act of a person, the newest first. Of an act on many machines, --target finds the first 50; a machine's own
    log has every act on it."""
    with asking(context) as session:
        from rackwright.cli import show

        now = time.time()
        query: dict[str, str | int] = {"actor": actor, "target": target}
        query |= {"act": act} if act else {}
        query |= {
            name: _moment(session, f"--{name}", text, now)
            for name, text in (("since", since), ("until", until))
            if text
        }
        found = _read(session.client(), query, limit)
        if as_json:
            for raw, _ in found:
                sys.stdout.write(raw + "\n")
            return
        rows = [_row(one) for _, one in found]
        show.table(session, COLUMNS, rows, words={"act": "cli_act_"}, none="cli_audit_none")
        if len(rows) == limit and show.on_terminal():
            session.note(session.say("cli_audit_more"))


def _read(client: Client, query: dict[str, str | int], limit: int) -> list[tuple[str, Audited]]:
    """Page by page, each act as the server wrote it and as it is shown."""
    from rackwright.cli.shapes import Audit, RawAudit

    found: list[tuple[str, Audited]] = []
    before = ""
    while len(found) < limit:
        answer = client.get("/audit", {**query, "before": before, "limit": min(PAGE, limit - len(found))})
        page = answer.as_(Audit)
        raw = (bytes(one).decode() for one in answer.as_(RawAudit).acts)
        found += zip(raw, page.acts, strict=True)
        before = page.next
        if not before:
            break
    return found


def _row(one: Audited) -> tuple[str, ...]:
    """For a person, whom it was done to beside how many, and a refusal in words instead of its values."""
    from rackwright.cli import show

    person = show.on_terminal()
    names = one.values.get("names")
    some = _cell(names) if isinstance(names, list) else ""
    target = ": ".join(part for part in (one.target, some) if part) if person else one.target
    told = {} if person and one.outcome not in ENDS_WELL else one.values
    elsewhere = ("machines", "names") if person else ("machines",)
    # Counts of nothing are left out; a limit of 0 is the most that was ever done with it.
    some_of = {name: value for name, value in told.items() if (value or name == "value") and name not in elsewhere}
    figures = "; ".join(f"{name}={_cell(value)}" for name, value in some_of.items())
    return show.moment(one.at), one.actor, one.act, target, one.text if person else one.outcome, one.reason, figures


def _cell(value: str | int | bool | list[str] | None) -> str:
    if isinstance(value, list):
        return ", ".join(value[:MOST_NAMES]) + (" …" if len(value) > MOST_NAMES else "")
    return str(value)


def _moment(session: Session, option: str, text: str, now: float) -> int:
    """UTC microseconds of `2h` before now, or of a date in local time."""
    if ago := _AGO.fullmatch(text.strip()):
        return max(1, int((now - int(ago[1]) * _UNIT_S[ago[2]]) * 1e6))
    try:
        at = datetime.fromisoformat(text.strip())
        return max(1, int(at.timestamp() * 1e6))
    except (ValueError, OverflowError, OSError):
        session.fail(session.say("cli_time_wrong", option=option, text=text), USAGE)
