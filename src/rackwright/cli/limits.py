"""`rackwright limits`: how many at once, and changing it while everything runs."""

from __future__ import annotations

from typing import Annotated

import typer

from rackwright.cli.session import Json, asking, print_raw

app = typer.Typer(invoke_without_command=True)
Scope = Annotated[str, typer.Argument(help="site, network:NAME, rack:NAME, or rack:* for each rack by itself.")]
Resource = Annotated[str, typer.Argument(help="starts, power, writes or bmc_actions.")]
Reason = Annotated[str, typer.Option(help="Why, for the audit.")]


@app.callback()
def list_limits(context: typer.Context, as_json: Json = False) -> None:
    """How many may be out at a time, and how many are."""
    if context.invoked_subcommand:
        return
    with asking(context) as session:
        from rackwright.cli import show
        from rackwright.cli.shapes import Limits

        answer = session.client().get("/limits")
        if as_json:
            print_raw(answer.raw)
            return
        rows = [
            (one.scope, one.resource, str(one.value), str(one.in_use), "" if one.default is None else str(one.default),
             one.set_by, show.moment(one.set_at))
            for one in answer.as_(Limits).limits
        ]  # fmt: skip
        columns = ("scope", "resource", "limit", "in_use", "default", "set_by", "set_at")
        show.table(session, columns, rows)


@app.command("set", context_settings={"ignore_unknown_options": True})  # -1 is a wrong number, not an option
def set_(
    context: typer.Context,
    scope: Scope,
    resource: Resource,
    value: Annotated[int, typer.Argument(help="0 means: none may.")],
    reason: Reason = "",
    as_json: Json = False,
) -> None:
    """Set a limit. It holds at once; whoever already goes on is not stopped."""
    with asking(context) as session:
        wanted = {"scope": scope, "resource": resource, "value": value, "reason": reason}
        answer = session.client().put("/limits", wanted)
        if as_json:
            print_raw(answer.raw)
        else:
            session.note(session.say("cli_limit_set", scope=scope, resource=resource, value=value))


@app.command("reset")
def reset(context: typer.Context, scope: Scope, resource: Resource, reason: Reason = "", as_json: Json = False) -> None:
    """Take a limit back: its default holds again."""
    with asking(context) as session:
        from rackwright.cli.shapes import ResetLimit

        answer = session.client().delete("/limits", {"scope": scope, "resource": resource, "reason": reason})
        if as_json:
            print_raw(answer.raw)
            return
        left = answer.as_(ResetLimit).limit
        named = {"scope": scope, "resource": resource}
        session.note(
            session.say("cli_limit_reset", value=left.value, **named)
            if left
            else session.say("cli_limit_gone", **named)
        )
