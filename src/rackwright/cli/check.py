"""`rackwright check`: what is missing or wrong on this host, before anything starts."""

from __future__ import annotations

from typing import Annotated

import typer

from rackwright.cli.serve import Config, chosen
from rackwright.cli.session import ERROR, OK, asking, print_raw

MARKS = {"ok": "green", "warning": "yellow", "error": "red"}


def check(
    context: typer.Context,
    config: Config = None,
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Look at this host with the server's settings. Exit code 1 when something will not work."""
    with asking(context) as session:
        import msgspec
        from rich.text import Text

        from rackwright.host import check as look
        from rackwright.values.errors import RackwrightError
        from rackwright.words import say

        try:
            findings = look(chosen(config))
        except RackwrightError as error:
            session.fail(say(session.language, error.key, error.values))
        told = [
            {
                "level": finding.level.value,
                "key": finding.key,
                "text": say(session.language, finding.key, finding.values),
                "hint": say(session.language, finding.hint, finding.values) if finding.hint else "",
            }
            for finding in findings
        ]
        if as_json:
            print_raw(msgspec.json.encode({"findings": told}))
        else:
            console = session.console()
            for one in told:
                console.print(Text(f"{session.say('cli_check_' + one['level'])}  ", MARKS[one["level"]]) + one["text"])
                if one["hint"]:
                    console.print(Text(f"         {one['hint']}"))
            levels = [one["level"] for one in told]
            console.print(
                Text(session.say("cli_check_sum", errors=levels.count("error"), warnings=levels.count("warning")))
            )
        raise typer.Exit(ERROR if any(one["level"] == "error" for one in told) else OK)
