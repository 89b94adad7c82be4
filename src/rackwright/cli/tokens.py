"""`rackwright tokens`: who may use the operators' API."""

from __future__ import annotations

from typing import Annotated

import typer

from rackwright.cli.session import Json, asking, print_raw

app = typer.Typer(no_args_is_help=True)


@app.command("add")
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Whose token it is: appears in every timeline.")],
    role: Annotated[str, typer.Option(help="viewer, operator or admin.")] = "operator",
    as_json: Json = False,
) -> None:
    """Make a token. It is shown once."""
    with asking(context) as session:
        from rackwright.cli.shapes import MadeToken

        answer = session.client().post("/tokens", {"name": name, "role": role})
        if as_json:
            print_raw(answer.raw)
        else:
            session.note(session.say("cli_token_made", name=name, role=role))
            print(answer.as_(MadeToken).token)


@app.command("list")
def list_tokens(context: typer.Context, as_json: Json = False) -> None:
    """All tokens ever made, without their text."""
    with asking(context) as session:
        from rackwright.cli import show
        from rackwright.cli.shapes import Tokens

        answer = session.client().get("/tokens")
        if as_json:
            print_raw(answer.raw)
            return
        rows = [
            (t.id, t.name, t.role, show.moment(t.created_at), show.moment(t.revoked_at))
            for t in answer.as_(Tokens).tokens
        ]
        show.table(session, ("id", "name", "role", "made", "revoked"), rows, words={"role": "cli_role_"})


@app.command("revoke")
def revoke(context: typer.Context, token: Annotated[str, typer.Argument(help="Its id or name.")]) -> None:
    """Make a token worthless at once."""
    with asking(context) as session:
        from rackwright.cli.client import quoted

        session.client().delete(f"/tokens/{quoted(token)}")
        session.note(session.say("cli_token_revoked", name=token))
