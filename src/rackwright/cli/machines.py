"""`rackwright machines`: the register."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from rackwright.cli import show
from rackwright.cli.session import ERROR, OK, SOME_FAILED, Session, asking, print_raw

if TYPE_CHECKING:
    from rackwright.cli.shapes import ImportReport

app = typer.Typer(no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="The API's own answer, for scripts.")]
Name = Annotated[str, typer.Argument(help="Hostname or serial.")]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
COLUMNS = ("hostname", "serial", "rack", "unit", "model", "os", "profile", "service", "state")


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
            _print_report(session, report, dry_run)
        wrong = any(row.verdict == "error" for row in report.rows)
        raise typer.Exit(OK if not wrong else SOME_FAILED if skip_bad and not dry_run else ERROR)


@app.command("list")
def list_machines(
    context: typer.Context,
    where: Annotated[list[str] | None, typer.Option(metavar="KEY=VALUE", help="Only those with this value.")] = None,
    as_json: Json = False,
) -> None:
    """The machines of the register, with what they run and how their install stands."""
    with asking(context) as session:
        import msgspec

        from rackwright.cli import selectors

        found = _all_pages(session, selectors.pairs(session, where or [], "--where"))
        if as_json:
            print_raw(msgspec.json.encode({"machines": found, "next": ""}))
            return
        rows = [tuple(_cell(machine.get(column)) for column in COLUMNS) for machine in found]
        show.table(session, COLUMNS, rows, colour=COLUMNS.index("state"))


@app.command("show")
def show_machine(context: typer.Context, name: Name, as_json: Json = False) -> None:
    """Everything the register knows of one machine."""
    with asking(context) as session:
        from rackwright.cli.client import quoted

        answer = session.client().get(f"/machines/{quoted(name)}")
        if as_json:
            print_raw(answer.raw)
            return
        shown = answer.as_(dict[str, Any])
        facts = shown.pop("facts", None)
        rows = [(name, cell) for name, value in shown.items() if (cell := _cell(value))]
        show.table(session, ("name", "value"), rows)
        if facts:
            import msgspec

            print(show.clean(msgspec.json.format(msgspec.json.encode(facts), indent=2).decode()))


@app.command("set")
def set_machine(
    context: typer.Context,
    name: Name,
    changes: Annotated[list[str], typer.Argument(metavar="FIELD=VALUE...", help="As in the CSV's columns.")],
    as_json: Json = False,
) -> None:
    """Change fields of one machine, checked as an import is."""
    with asking(context) as session:
        from rackwright.cli import selectors
        from rackwright.cli.client import quoted

        wanted = selectors.pairs(session, changes, "set")
        answer = session.client().patch(f"/machines/{quoted(name)}", {"set": wanted})
        if as_json:
            print_raw(answer.raw)
        else:
            print(session.say("cli_machine_set", name=name, fields=", ".join(wanted)))


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
        rows = [
            (d.mac, d.serial, d.vendor, d.model, d.address, show.moment(d.first_at), show.moment(d.last_at))
            for d in answer.as_(AllDiscovered).discovered
        ]
        show.table(session, ("mac", "serial", "vendor", "model", "address", "first_seen", "last_seen"), rows)


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


def _cell(value: object) -> str:
    """One field of a machine as text: parts joined, `key=value` for what has names, nothing for what is empty."""
    match value:
        case None | "" | 0:
            return ""
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(_cell(part) for part in cast("list[object]", value))
        case {"mac": str(mac), "role": str(role)}:
            return f"{mac}={role}" if role else mac
        case {"state": str(state), "text": str(text), "next": str(next_)}:  # an install
            return f"{state}: {text}" + (f" ({next_})" if next_ else "")
        case {"os": str(os), "image": str(image), "at": int(at)}:  # what it runs
            return f"{os} {image[:12]}, {show.moment(at)}" if at else ""
        case dict():
            return ", ".join(f"{key}={_cell(part)}" for key, part in cast("dict[str, object]", value).items())
        case _:
            return str(value)


def _print_report(session: Session, report: ImportReport, dry_run: bool) -> None:
    rows: list[tuple[str, ...]] = []
    for row in report.rows:
        details = [f"{change.field}: {change.old or '∅'} → {change.new or '∅'}" for change in row.changes]
        details += [error.text or error.key for error in row.errors]
        if row.verdict != "unchanged":
            rows.append((str(row.line), row.hostname, row.verdict, "; ".join(details)))
    if rows:
        show.table(session, ("line", "hostname", "verdict", "text"), rows, colour=2)
    counts = ", ".join(f"{number} {verdict}" for verdict, number in report.counts.items())
    key = "cli_import_dry" if dry_run else "cli_import_written" if report.written else "cli_import_nothing"
    session.note(session.say(key, written=report.written, counts=counts))
