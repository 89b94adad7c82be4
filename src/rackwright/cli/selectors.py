"""Which machines a command means: names from arguments and files, and conditions."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from rackwright.cli.session import USAGE, Session

Where = Annotated[
    list[str] | None,
    typer.Option(
        metavar="KEY=VALUE", help="Those with this value: rack=A12, state=held, label.env=prod; all must match."
    ),
]


def names(session: Session, given: Iterable[str], source: str) -> list[str]:
    """Arguments, then the file's lines; `#` begins a comment. Each name once, in order."""
    every = list(given)
    if source:
        every += _lines(session, source)
    return list(dict.fromkeys(name.strip() for name in every if name.strip()))


def _lines(session: Session, source: str) -> list[str]:
    try:
        text = sys.stdin.read() if source == "-" else Path(source).read_text()
    except (OSError, UnicodeDecodeError) as error:
        session.fail(session.say("cli_file_unreadable", path=source, error=str(error)))
    return [line.split("#")[0] for line in text.splitlines()]


def pairs(session: Session, given: Iterable[str], option: str) -> dict[str, str]:
    """`key=value` texts as a dictionary; each key once."""
    found: dict[str, str] = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not equals or not key.strip() or key.strip() in found:
            session.fail(session.say("cli_pair_wrong", option=option, text=text), USAGE)
        found[key.strip()] = value.strip()
    return found
