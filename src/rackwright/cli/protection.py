"""`rackwright machines protect` and `unprotect`: what nothing may install over."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rackwright.cli import selectors, show
from rackwright.cli.selectors import Where
from rackwright.cli.session import ERROR, NOTHING, OK, SOME_FAILED, USAGE, Json, Session, asking, print_raw

if TYPE_CHECKING:
    from rackwright.cli.shapes import Protected

COLUMNS = ("hostname", "serial", "verdict", "text")
Reason = Annotated[str, typer.Option(help="Why; needed.")]


def protect(
    context: typer.Context,
    selector: Annotated[
        list[str] | None, typer.Argument(help="Hostnames or serials; --where, --from instead or as well.")
    ] = None,
    reason: Reason = "",
    source: Annotated[str, typer.Option("--from", metavar="FILE", help="More of them, one a line; - for input.")] = "",
    where: Where = None,
    as_json: Json = False,
) -> None:
    """Forbid any install on machines. One that is under way and has written nothing is cancelled; a machine that is
    being written is refused. Exit code 0: all are protected; 3: some are not; 4: nothing."""
    with asking(context) as session:
        from rackwright.cli.shapes import Protected

        names = selectors.names(session, selector or [], source)
        conditions = selectors.pairs(session, where or [], "--where")
        if not names and not conditions:
            session.fail(session.say("cli_nobody_named"), USAGE)
        answer = session.client().post("/machines/protect", {"names": names, "where": conditions, "reason": reason})
        done = answer.as_(Protected)
        if as_json:
            print_raw(answer.raw)
        else:
            _print(session, done)
        raise typer.Exit(SOME_FAILED if done.counts["refused"] else OK if done.lines else NOTHING)


def _print(session: Session, done: Protected) -> None:
    rows = [(line.hostname, line.serial, line.verdict, line.text) for line in done.lines]
    show.table(session, COLUMNS, rows, words={"verdict": "cli_protection_"}, none="cli_nobody_matches")
    if rows:
        session.note(session.say("cli_protected_sum", **done.counts))


def unprotect(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Hostname or serial, of one machine.")],
    reason: Reason = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for its name again.")] = False,
    as_json: Json = False,
) -> None:
    """Allow installs on a protected machine again. One machine at a time; its name is asked for."""
    with asking(context) as session:
        from rackwright.cli.client import quoted

        client = session.client()
        path = f"/machines/{quoted(name)}"
        if not yes and reason.strip():  # without one the server refuses it: nothing to ask before that
            _ask_name(session, client.get(path).as_(dict[str, Any]))
        answer = client.post(f"{path}/unprotect", {"reason": reason})
        if as_json:
            print_raw(answer.raw)
        else:
            print(show.clean(session.say("cli_unprotected", hostname=answer.as_(dict[str, Any])["hostname"])))


def _ask_name(session: Session, machine: dict[str, Any]) -> None:
    """Of a machine that is not protected nothing is asked: the server says so."""
    said = machine.get("protection")
    if not said:
        return
    hostname = str(machine["hostname"])
    asked = session.say(
        "cli_unprotect_ask", hostname=hostname, by=said["by"], when=show.moment(said["at"]), reason=said["reason"]
    )
    session.note(show.clean(asked))
    answer = sys.stdin.readline()
    if not answer:
        session.fail(session.say("cli_needs_yes"), USAGE)
    typed = answer.strip()
    if typed != hostname:
        session.fail(show.clean(session.say("cli_unprotect_differs", typed=typed, hostname=hostname)), ERROR)
