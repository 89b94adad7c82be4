"""`rackwright log`: one machine's timeline in words."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from rackwright.cli.session import asking

if TYPE_CHECKING:
    from rackwright.cli.client import Answer

WAIT_S = 20
TRY_AGAIN_S = 3
INDENT = " " * 21
# Events of no person, in the words of their actor.
_NOBODY = frozenset(("", "machine", "rackwright"))


def log(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Hostname or serial.")],
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as events come.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """What happened to a machine, oldest first."""
    with asking(context) as session:
        from rackwright.cli.client import PATIENCE_S, Client, Refused, quoted
        from rackwright.cli.shapes import Events

        client = session.client()
        path = f"/machines/{quoted(name)}/log"

        def read(client: Client, after: int, wait_s: int) -> int | None:
            """Prints what came after a seq; the new seq, None when nothing came."""
            answer = client.get(path, {"after": after, "wait_s": wait_s, "limit": 500}, wait_s + PATIENCE_S)
            events = answer.as_(Events)
            _print(answer, as_json)
            return events.next if events.events else None

        after = 0
        while (came := read(client, after, 0)) is not None:
            after = came
        try:
            while follow:
                try:
                    after = read(client, after, WAIT_S) or after
                except Refused as error:
                    if error.status not in (0, 503):
                        raise
                    session.note(error.text)  # the server restarts: following goes on
                    time.sleep(TRY_AGAIN_S)
        except KeyboardInterrupt:
            return


def _wrapped(text: str) -> list[str]:
    """On a terminal, lines that leave room for the times before them; in a pipe, one line."""
    if not sys.stdout.isatty():
        return [" ".join(text.split())]
    from rich.console import Console
    from rich.text import Text

    console = Console()
    return [line.plain.rstrip() for line in Text(text).wrap(console, max(30, console.width - len(INDENT)))]


def _print(answer: Answer, as_json: bool) -> None:
    from rackwright.cli import show
    from rackwright.cli.shapes import Events, RawEvents

    if as_json:
        for one in answer.as_(RawEvents).events:
            sys.stdout.write(bytes(one).decode() + "\n")
    else:
        for event in answer.as_(Events).events:
            by = f" ({event.actor})" if event.actor not in _NOBODY else ""
            lines = _wrapped(show.clean((event.text or event.kind).strip() + by))
            print(f"{show.moment(event.at)}  " + f"\n{INDENT}".join(lines))
    sys.stdout.flush()
