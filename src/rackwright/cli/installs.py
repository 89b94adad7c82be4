"""`rackwright installs` and `rackwright cancel`: what runs now, and how to stop it."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from rackwright.cli.session import Json, asking, print_raw


def list_installs(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Also those that ended.")] = False,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Watch the running ones.")] = False,
    as_json: Json = False,
) -> None:
    """Where every running install stands."""
    with asking(context) as session:
        from rackwright.cli import show
        from rackwright.cli.follow import follow as watch
        from rackwright.cli.follow_table import progress_text
        from rackwright.cli.shapes import Installs

        client = session.client()
        answer = client.get("/installs", {} if everything else {"live": 1})
        found = answer.as_(Installs)
        if as_json:
            print_raw(answer.raw)
            return
        if follow and found.installs:
            raise typer.Exit(watch(client, session.console(), ids=[install.id for install in found.installs]))
        now = time.time()
        terminal = show.on_terminal()
        rows = [
            (i.hostname, i.state, show.age(now - i.since / 1e6), progress_text(i), i.os, i.armed_by, i.text,
             "" if terminal else i.next)
            for i in found.installs
        ]  # fmt: skip
        columns = ("hostname", "state", "since", "progress", "os", "armed_by", "text", "next")
        none = "cli_installs_none" if everything else "cli_installs_none_live"
        show.table(session, columns, rows, words={"state": "state_"}, none=none)
        for one in found.installs if terminal else ():
            if one.next:  # below the table: a command is copied in one piece
                print(f"\n{show.clean(one.hostname)}\n{show.steps(one.next, '  ')}")


def cancel(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Hostname or serial.")],
    reason: Annotated[str, typer.Option(help="Why, for the timeline.")] = "",
    as_json: Json = False,
) -> None:
    """Stop a machine's install. Nothing is undone that it already wrote."""
    with asking(context) as session:
        from rackwright.cli.client import quoted
        from rackwright.cli.shapes import Install

        answer = session.client().post(f"/machines/{quoted(name)}/cancel", {"reason": reason})
        if as_json:
            print_raw(answer.raw)
            return
        install = answer.as_(Install)
        print(session.say("cli_cancelled", hostname=install.hostname, text=install.text))
