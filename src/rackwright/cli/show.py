"""Values for people: times, sizes, ages, and tables that stay readable in a pipe."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

    from rackwright.cli.session import Session

_WHOLE = frozenset(("at", "hostname", "serial", "place", "state", "since", "verdict", "line", "seen"))
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


def on_terminal() -> bool:
    """Whether a person reads it, or a program in a pipe."""
    return sys.stdout.isatty()


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


def ago(session: Session, us: int, now: float) -> str:
    """2 min ago, in the reader's language; empty for never."""
    if not us:
        return ""
    seconds = max(0, int(now - us / 1e6))
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return session.say(f"cli_ago_{unit}", count=seconds // length)
    return session.say("cli_ago_s", count=seconds)


def word(session: Session, kind: str, code: str) -> str:
    """A code's word, by the prefix of its kind of texts; the code itself where there is none."""
    said = session.say(kind + code) if code else ""
    return code if said == kind + code else said


def moment(us: int) -> str:
    """Local time to the second; empty for never."""
    return datetime.fromtimestamp(us / 1e6, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S") if us else ""


def clean(text: str) -> str:
    """Machines report strings: no control character of theirs reaches the terminal."""
    return "".join(c if c.isprintable() or c == "\n" else "�" for c in text)


def steps(text: str, indent: str) -> str:
    """What to do, on lines of its own: a command stands alone, further in than the words that lead to it."""
    lines = (line if line.endswith((":", "：")) else f"  {line}" for line in clean(text).splitlines())
    return "\n".join(indent + line for line in lines)


def in_one_line(text: str) -> str:
    """The lines of a cell for a pipe, where a line end would begin another row."""
    return re.sub("([:：]?)\n", lambda end: f"{end[1]} " if end[1] else "; ", text)


def table(
    session: Session,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    words: Mapping[str, str] | None = None,
    none: str = "",
) -> None:
    """A table on a terminal, tab-separated lines of codes in a pipe.

    `words` names the columns of codes, each with its kind of `word`; `none` is the text for no rows at all."""
    if not on_terminal():
        for row in rows:
            print("\t".join(in_one_line(clean(cell)) for cell in row))
    elif rows:
        session.console().print(drawn(session, columns, rows, words or {}))
    if not rows and none:
        session.note(session.say(none))


def drawn(session: Session, columns: Sequence[str], rows: Sequence[Sequence[str]], words: Mapping[str, str]) -> Table:
    """The table; a column in which no row says anything is left out."""
    from rich.table import Table
    from rich.text import Text

    made = Table(box=None, pad_edge=False, header_style="bold")
    used = [n for n in range(len(columns)) if any(row[n] for row in rows)]
    for n in used:
        # What is long and may be broken is prose; names and numbers stay in one piece for as long as they fit.
        made.add_column(session.say(f"cli_column_{columns[n]}"), overflow="fold", no_wrap=columns[n] in _WHOLE)
    for row in rows:
        cells: list[Text] = []
        for n in used:
            kind = words.get(columns[n])
            said = word(session, kind, row[n]) if kind else row[n]
            cells.append(Text(clean(said), COLOURS.get(row[n], "") if kind else ""))
        made.add_row(*cells)
    return made
