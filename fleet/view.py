"""The live view: a table on a terminal, a line every few seconds elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Protocol

from fleet.report import one_line, tables
from fleet.run import Run

LINE_S = 5.0


class Look(Protocol):
    def __call__(self, run: Run, /) -> None: ...


@contextmanager
def view(quiet: bool) -> Generator[Look]:
    """What to call with the run, again and again."""
    if quiet:
        yield lambda _run: None
    elif sys.stderr.isatty():
        with _on_terminal() as look:
            yield look
    else:
        yield _Lines()


class _Lines:
    def __init__(self) -> None:
        self._next = 0.0

    def __call__(self, run: Run, /) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + LINE_S
            sys.stderr.write(one_line(run) + "\n")


@contextmanager
def _on_terminal() -> Generator[Look]:
    from rich.columns import Columns
    from rich.console import Console
    from rich.live import Live
    from rich.table import Table

    def drawn(run: Run) -> Columns:
        made: list[Table] = []
        for title, figures in tables(run):
            table = Table(title=title, show_header=False)
            for name, value in figures.items():
                table.add_row(name, str(value))
            made.append(table)
        return Columns(made)

    with Live(console=Console(stderr=True), refresh_per_second=2) as live:
        yield lambda run: live.update(drawn(run))
