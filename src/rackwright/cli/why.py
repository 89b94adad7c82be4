"""`rackwright why`: one paragraph on where a machine stands, and the commands that a person can go on with."""

from __future__ import annotations

from typing import Annotated

import typer

from rackwright.cli.session import Json, asking, print_raw


def why(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Hostname or serial.")],
    as_json: Json = False,
) -> None:
    """What a machine waits for, since when, what was last seen of it, and what happens next."""
    with asking(context) as session:
        from rackwright.cli import show
        from rackwright.cli.client import quoted
        from rackwright.cli.shapes import Explanation

        answer = session.client().get(f"/machines/{quoted(name)}/why")
        if as_json:
            print_raw(answer.raw)
            return
        told = answer.as_(Explanation)
        session.console().print(show.clean(told.text), markup=False)
        if told.do:
            print(f"\n{show.steps(told.do, '')}")
