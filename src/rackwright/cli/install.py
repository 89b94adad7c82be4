"""`rackwright install`: says who will be installed with what, and who not and why; then arms exactly that."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rackwright.cli import selectors
from rackwright.cli.selectors import Where
from rackwright.cli.session import ERROR, NOTHING, OK, SOME_FAILED, USAGE, Session, asking, print_raw

if TYPE_CHECKING:
    from rackwright.cli.client import Client
    from rackwright.cli.shapes import Plan

ASK_ABOVE = 10  # machines; more than this and the operator types their number


def install(
    context: typer.Context,
    selector: Annotated[
        list[str] | None, typer.Argument(help="Hostnames or serials; --where, --from instead or as well.")
    ] = None,
    source: Annotated[str, typer.Option("--from", metavar="FILE", help="More of them, one a line; - for input.")] = "",
    where: Where = None,
    reinstall: Annotated[bool, typer.Option("--reinstall", help="Also over machines in service.")] = False,
    reason: Annotated[str, typer.Option(help="Why, for the timeline; needed with --reinstall.")] = "",
    retry: Annotated[bool, typer.Option("--retry", help="Another attempt of failed or held installs.")] = False,
    live_ok: Annotated[
        list[str] | None,
        typer.Option(
            "--live-ok", metavar="NAME", help="Although it is alive: type the machine's own name; repeatable."
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask, however many.")] = False,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Watch until all stand still.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The API's answers, one a line.")] = False,
) -> None:
    """Install machines: says who and who not, then arms. Exit code 0: all done, or armed; 3: some not; 4: nothing."""
    with asking(context) as session:
        names = selectors.names(session, selector or [], source)
        conditions = selectors.pairs(session, where or [], "--where")
        if not names and not conditions:
            session.fail(session.say("cli_nobody_named"), USAGE)
        request = {
            "names": names, "where": conditions, "reinstall": reinstall, "reason": reason, "retry": retry,
            "live_ok": live_ok or [],
        }  # fmt: skip
        code = _run(session, request, dry_run=dry_run, yes=yes, watch=follow, as_json=as_json, piped=source == "-")
        raise typer.Exit(code)


def _run(
    session: Session,
    request: Mapping[str, object],
    *,
    dry_run: bool,
    yes: bool,
    watch: bool,
    as_json: bool,
    piped: bool,
) -> int:
    from rackwright.cli.shapes import Plan

    client = session.client()
    planned = client.post("/installs/plan", request)
    plan = planned.as_(Plan)
    if not as_json:
        from rackwright.cli.plan_table import print_plan

        print_plan(session, plan)
    if dry_run or not plan.will:
        if as_json:
            print_raw(planned.raw)
        if not plan.will:
            session.note(session.say("cli_nothing_to_do"))
        elif not as_json:
            session.note(session.say("cli_plan_dry"))
        return OK if plan.will else NOTHING
    if plan.will > ASK_ABOVE and not yes:
        _ask_number(session, plan.will, piped)
    armed = client.post("/installs", {**request, "expect": plan.will})
    if as_json:
        print_raw(armed.raw)
    else:
        print(session.say("cli_armed" if watch else "cli_armed_alone", count=plan.will))
    complete = not plan.unknown and not plan.refused
    code = _watch(session, client, armed.as_(Plan), as_json) if watch else OK
    return code if complete or code != OK else SOME_FAILED


def _watch(session: Session, client: Client, armed: Plan, as_json: bool) -> int:
    import msgspec

    from rackwright.cli.follow import follow, read

    console = session.console()
    console.quiet = as_json
    code = follow(client, console, ids=armed.installs)
    if as_json:
        print_raw(msgspec.json.encode({"installs": read(client, armed.installs, ())}))
    return code


def _ask_number(session: Session, count: int, piped: bool) -> None:
    """More than a handful: whoever starts it has read how many."""
    session.note(session.say("cli_type_number", count=count))
    try:
        # Standard input held the names: the person is at the terminal.
        if piped:
            with Path("/dev/tty").open() as terminal:
                typed = terminal.readline()
        else:
            typed = sys.stdin.readline()
    except OSError:
        session.fail(session.say("cli_needs_yes"), USAGE)
    if typed.strip() != str(count):
        session.fail(session.say("cli_number_differs", typed=typed.strip(), count=count), ERROR)
