"""Values for people: times, sizes, ages, and tables that stay readable in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from rackwright.cli.session import Session

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")
COLOURS = {
    "done": "green",
    "held": "yellow",
    "failed": "red",
    "cancelled": "dim",
    "installing": "cyan",
    "first_boot": "cyan",
    "error": "red",
    "new": "green",
    "changed": "yellow",
    "refused": "yellow",
    "install": "green",
}


def size(count: int) -> str:
    amount = float(count)
    for unit in _UNITS:
        if amount < 1024 or unit == _UNITS[-1]:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    raise AssertionError


def age(seconds: float) -> str:
    """2m10s, 3h05m, 4d: two units at most."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    if whole < 86400:
        return f"{whole // 3600}h{whole % 3600 // 60:02d}m"
    return f"{whole // 86400}d"


def moment(us: int) -> str:
    """Local time to the second; empty for never."""
    return datetime.fromtimestamp(us / 1e6, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S") if us else ""


def clean(text: str) -> str:
    """Machines report strings: no control character of theirs reaches the terminal."""
    return "".join(c if c.isprintable() or c == "\n" else "�" for c in text)


def table(session: Session, columns: Sequence[str], rows: Sequence[Sequence[str]], colour: int = -1) -> None:
    """A table on a terminal, tab-separated lines in a pipe. `colour` is the column that names a state."""
    if not sys.stdout.isatty():
        for row in rows:
            print("\t".join(clean(cell).replace("\n", " ") for cell in row))
        return
    from rich.table import Table
    from rich.text import Text

    console: Console = session.console()
    made = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        made.add_column(session.say(f"cli_column_{column}"), overflow="fold")
    for row in rows:
        style = COLOURS.get(row[colour], "") if colour >= 0 else ""
        made.add_row(*(Text(clean(cell), style if n == colour else "") for n, cell in enumerate(row)))
    console.print(made)
