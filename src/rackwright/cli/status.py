"""`rackwright status`: how the server fares."""

from __future__ import annotations

import time

import typer

from rackwright.cli.session import Json, asking, print_raw


def status(context: typer.Context, as_json: Json = False) -> None:
    """Version, site, machines, installs by state."""
    with asking(context) as session:
        from rackwright.cli import show
        from rackwright.cli.shapes import Status

        answer = session.client().get("/status")
        if as_json:
            print_raw(answer.raw)
            return
        told = answer.as_(Status)
        live = ", ".join(f"{number} {show.word(session, 'state_', state)}" for state, number in told.installs.items())
        rows = [
            ("server", f"{session.server}, Rackwright {told.version}"),
            ("site", told.site),
            ("database", {"sqlite": "SQLite", "postgresql": "PostgreSQL"}.get(told.database, told.database)),
            ("machines", str(told.machines)),
            ("images", str(told.images)),
            ("installs", live or session.say("cli_none")),
            ("reconciler", show.ago(session, told.reconciled_at, time.time()) or session.say("cli_never")),
        ]
        show.table(session, ("name", "value"), rows, words={"name": "cli_status_"})
