"""The table of running installs: values in, something rich can print out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rackwright.cli.shapes import Install
from rackwright.cli.show import COLOURS, age, clean
from rackwright.words import say

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table

BAR = 12
# What a person must look at comes first when the terminal is too low for all.
_ORDER = ("held", "failed", "installing", "granted", "first_boot", "inspecting", "waiting", "starting", "queued")


def table(installs: Sequence[Install], now_us: int, language: str, rows: int, trouble: str = "") -> Group:
    """At most `rows` installs, then how many stand where; `trouble` is shown below."""
    from rich.console import Group
    from rich.text import Text

    shown = list(installs)
    if len(shown) > rows:
        shown = sorted(shown, key=_rank)[:rows]
    parts: list[Table | Text] = [_grid(shown, now_us, language)]
    counts = Counter(install.state_text or install.state for install in installs)
    line = " · ".join(f"{number} {state}" for state, number in counts.items())
    if len(shown) < len(installs):
        line = say(language, "cli_follow_more", {"more": len(installs) - len(shown)}) + "  " + line
    parts.append(Text(clean(line), "dim"))
    if trouble:
        parts.append(Text(clean(trouble), "yellow"))
    return Group(*parts)


def _rank(install: Install) -> tuple[int, str]:
    place = _ORDER.index(install.state) if install.state in _ORDER else len(_ORDER)
    return place, install.hostname


def _grid(installs: Sequence[Install], now_us: int, language: str) -> Table:
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("hostname", "state", "since", "progress"):
        grid.add_column(say(language, f"cli_column_{name}", {}), no_wrap=True)
    grid.add_column(say(language, "cli_column_text", {}), overflow="fold")
    for install in installs:
        grid.add_row(
            Text(clean(install.hostname)),
            Text(clean(install.state_text or install.state), COLOURS.get(install.state, "")),
            age((now_us - install.since) / 1e6) if install.since else "",
            Text(bar(install)),
            Text(clean(install.text)),
        )
    return grid


def bar(install: Install) -> str:
    done = install.progress
    if not done or not done.total_bytes:
        return ""
    full = min(BAR, BAR * done.done_bytes // done.total_bytes)
    return "━" * full + "─" * (BAR - full) + " " + progress_text(install)


def progress_text(install: Install) -> str:
    """`45% 38.2 MB/s`, empty when there is no amount."""
    done = install.progress
    if not done or not done.total_bytes:
        return ""
    percent = min(100, 100 * done.done_bytes // done.total_bytes)
    speed = f" {done.bytes_per_s / 1e6:.1f} MB/s" if done.bytes_per_s else ""
    return f"{percent:3d}%{speed}"
