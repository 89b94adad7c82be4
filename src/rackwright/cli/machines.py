"""`rackwright machines`: the register."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from rackwright.cli import protection, selectors, show
from rackwright.cli.selectors import Where
from rackwright.cli.session import ERROR, OK, SOME_FAILED, Json, Session, asking, print_raw

app = typer.Typer(no_args_is_help=True)
app.command("protect")(protection.protect)
app.command("unprotect")(protection.unprotect)
Name = Annotated[str, typer.Argument(help="Hostname or serial.")]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
COLUMNS = ("hostname", "serial", "rack", "unit", "model", "os", "profile", "service", "state", "protected")
LISTED = ("hostname", "serial", "place", "model", "os", "profile", "service", "protected", "state", "seen")
_QUIET = frozenset(("version", "seen_at", "seen_as", "state", "bmc_password_set", "install", "facts", "protection"))


@app.command("import")
def import_machines(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV or XLSX.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Write the good rows though others are wrong.")] = False,
    as_json: Json = False,
) -> None:
    """Bring the register up to date with a spreadsheet. All rows are checked before one is written."""
    with asking(context) as session:
        from rackwright.cli.import_report import print_report
        from rackwright.cli.shapes import ImportReport

        try:
            content = file.read_bytes()
        except OSError as error:
            session.fail(session.say("cli_file_unreadable", path=file, error=error.strerror))
        kind = XLSX if file.suffix.lower() == ".xlsx" else "text/csv"
        query = {"dry_run": dry_run, "skip_bad": skip_bad}
        answer = session.client().send("POST", "/machines/import", content, kind, query)
        report = answer.as_(ImportReport)
        if as_json:
            print_raw(answer.raw)
        else:
            print_report(session, report, dry_run=dry_run, skip_bad=skip_bad)
        wrong = any(row.verdict == "error" for row in report.rows)
        raise typer.Exit(OK if not wrong else SOME_FAILED if skip_bad and not dry_run else ERROR)


@app.command("list")
def list_machines(
    context: typer.Context,
    where: Where = None,
    as_json: Json = False,
) -> None:
    """The machines of the register, with what they run and how their install stands."""
    with asking(context) as session:
        import msgspec

        from rackwright.cli.machine_card import cell

        found = _all_pages(session, selectors.pairs(session, where or [], "--where"))
        if as_json:
            print_raw(msgspec.json.encode({"machines": found, "next": ""}))
            return
        if show.on_terminal():
            now = time.time()
            rows = [_listed(session, machine, now) for machine in found]
            none = "cli_nobody_matches" if where else "cli_machines_none"
            show.table(session, LISTED, rows, words={"service": "cli_service_", "state": "state_"}, none=none)
            if found:
                session.note(session.say("cli_machines_count", count=len(found)))
        else:
            show.table(session, COLUMNS, [tuple(cell(machine.get(column)) for column in COLUMNS) for machine in found])


@app.command("show")
def show_machine(context: typer.Context, name: Name, as_json: Json = False) -> None:
    """One machine: its row in the register, its install, and the hardware it last reported."""
    with asking(context) as session:
        from rackwright.cli.client import quoted
        from rackwright.cli.machine_card import print_card

        answer = session.client().get(f"/machines/{quoted(name)}")
        if as_json:
            print_raw(answer.raw)
            return
        print_card(session, answer.as_(dict[str, Any]), time.time())


@app.command("set")
def set_machine(
    context: typer.Context,
    name: Name,
    changes: Annotated[list[str], typer.Argument(metavar="FIELD=VALUE...", help="As in the CSV's columns.")],
    reason: Annotated[str, typer.Option(help="Why; needed where an install under way relies on a field.")] = "",
    as_json: Json = False,
) -> None:
    """Change fields of one machine, checked as an import is. An empty value empties its field."""
    with asking(context) as session:
        from rackwright.cli.client import quoted

        wanted = selectors.pairs(session, changes, "set")
        client = session.client()
        path = f"/machines/{quoted(name)}"
        before = client.get(path).as_(dict[str, Any])
        answer = client.patch(path, {"set": wanted, "reason": reason})
        if as_json:
            print_raw(answer.raw)
        else:
            changes_made = _differences(before, answer.as_(dict[str, Any]))
            told = "; ".join(changes_made) or session.say("cli_machine_same")
            print(show.clean(f"{before['hostname']}: {told}"))


@app.command("export")
def export(
    context: typer.Context,
    file: Annotated[str, typer.Argument(help="FILE.csv or FILE.xlsx; - for standard output.")] = "-",
) -> None:
    """Write the register so that it imports back unchanged. Passwords stay on the server."""
    with asking(context) as session:
        kind = "xlsx" if file.lower().endswith(".xlsx") else "csv"
        content = session.client().get("/machines/export", {"format": kind}).raw
        if file == "-":
            sys.stdout.buffer.write(content)
            sys.stdout.flush()
            return
        try:
            Path(file).write_bytes(content)
        except OSError as error:
            session.fail(session.say("cli_file_unwritable", path=file, error=error.strerror))


@app.command("discovered")
def discovered(context: typer.Context, as_json: Json = False) -> None:
    """Machines that booted here and that the register does not know."""
    with asking(context) as session:
        from rackwright.cli.shapes import AllDiscovered

        answer = session.client().get("/discovered")
        if as_json:
            print_raw(answer.raw)
            return
        now = time.time()
        terminal = show.on_terminal()

        def when(us: int) -> str:
            return show.ago(session, us, now) if terminal else show.moment(us)

        rows = [
            (d.mac, d.serial, d.vendor, d.model, d.address, when(d.first_at), when(d.last_at))
            for d in answer.as_(AllDiscovered).discovered
        ]
        columns = ("mac", "serial", "vendor", "model", "address", "first_seen", "last_seen")
        show.table(session, columns, rows, none="cli_discovered_none")
        if rows and terminal:
            session.note(session.say("cli_discovered_next"))


def _all_pages(session: Session, filters: dict[str, str]) -> list[dict[str, Any]]:
    from rackwright.cli.shapes import Page

    client = session.client()
    found: list[dict[str, Any]] = []
    after = ""
    while True:
        page = client.get("/machines", {**filters, "after": after, "limit": 500}).as_(Page)
        found += page.machines
        after = page.next
        if not after:
            return found


def _listed(session: Session, machine: dict[str, Any], now: float) -> tuple[str, ...]:
    from rackwright.cli.machine_card import protected_by

    place = "/".join(part for part in (machine["rack"], machine["unit"]) if part)
    return (
        machine["hostname"], machine["serial"], place, machine["model"], machine["os"], machine["profile"],
        machine["service"], protected_by(session, machine, now), machine["state"], show.ago(session, machine["seen_at"], now),
    )  # fmt: skip


def _differences(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """`field: old → new`. A new password shows only as a new version."""
    from rackwright.cli.machine_card import cell

    changed = [name for name in after if name in before and name not in _QUIET and before[name] != after[name]]
    if not changed and before["version"] != after["version"]:
        return ["bmc_password → ***"]
    return [f"{name}: {cell(before[name]) or '∅'} → {cell(after[name]) or '∅'}" for name in changed]
