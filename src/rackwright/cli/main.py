"""The command `rackwright`: one file per noun. It imports nothing heavy before a command runs."""

from __future__ import annotations

from typing import Annotated

import typer

from rackwright.cli import (
    audit,
    check,
    holds,
    images,
    install,
    installs,
    limits,
    log,
    machines,
    serve,
    status,
    tokens,
    why,
)
from rackwright.cli.session import DEFAULT_SERVER, new_session

app = typer.Typer(
    help="Installs operating systems on racks of bare-metal servers.",
    epilog="Exit codes: 0 done; 1 an error, told in words; 2 wrong use; 3 some machines or rows were not done; 4 nothing "
    "to do. In a pipe, tables are tab-separated codes without a header; --json is the API's own answer. Environment: "
    "RACKWRIGHT_SERVER, RACKWRIGHT_TOKEN or RACKWRIGHT_TOKEN_FILE, RACKWRIGHT_LANG=zh for Chinese.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def begin(
    context: typer.Context,
    server: Annotated[
        str, typer.Option(envvar="RACKWRIGHT_SERVER", help="The operators' API.", metavar="URL")
    ] = DEFAULT_SERVER,
) -> None:
    if context.obj is None:  # a test brings its own session
        context.obj = new_session(server)


app.add_typer(machines.app, name="machines", help="The register of machines.")
app.command("install")(install.install)
app.command("installs")(installs.list_installs)
app.command("cancel")(installs.cancel)
app.command("why")(why.why)
app.add_typer(holds.app, name="holds", help="What waits for a person, and one answer for many machines.")
app.command("log")(log.log)
app.command("audit")(audit.audit)
app.add_typer(images.app, name="images", help="System images.")
app.add_typer(tokens.app, name="tokens", help="Tokens of the operators' API.")
app.add_typer(limits.app, name="limits", help="How many at once.")
app.command("status")(status.status)
app.command("serve")(serve.serve)
app.command("check")(check.check)


def main() -> None:
    app()
