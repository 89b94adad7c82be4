"""The table of running installs: whole outputs."""

from __future__ import annotations

import pytest
from rich.console import Console

from rackwright.cli.follow_table import bar, table
from rackwright.cli.shapes import Install, Progress
from rackwright.cli.show import age

NOW_US = 1_700_000_000_000_000


def an_install(hostname: str, state: str, **values: object) -> Install:
    given = {"id": hostname, "since": NOW_US - 130_000_000, "state_text": state.replace("_", " "), **values}
    return Install(hostname=hostname, state=state, **given)  # type: ignore[arg-type]


def drawn(*installs: Install, rows: int = 20, trouble: str = "") -> str:
    console = Console(width=110, no_color=True, force_terminal=False, _environ={})
    with console.capture() as captured:
        console.print(table(installs, NOW_US, "en", rows, trouble))
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def test_each_install_is_a_line_with_its_progress() -> None:
    writing = Progress("write", 45 * 10**6, 10**8, 38_200_000, NOW_US)
    shown = drawn(
        an_install("web01", "installing", progress=writing, text="Writes the system: write"),
        an_install("web02", "held", text="Wrong SN: the machine reports 712DM2Y, the register says 712DM2X"),
    )
    assert shown == (
        "hostname  state       since  progress                     text\n"
        "web01     installing  2m10s  ━━━━━───────  45% 38.2 MB/s  Writes the system: write\n"
        "web02     held        2m10s                               Wrong SN: the machine reports 712DM2Y, the register\n"
        "                                                          says 712DM2X\n"
        "1 installing · 1 held"
    )


def test_when_the_terminal_is_too_low_what_needs_a_person_comes_first() -> None:
    many = [an_install(f"web{n:02d}", "queued") for n in range(30)]
    shown = drawn(*many, an_install("web99", "held"), rows=3).splitlines()
    assert shown[1].startswith("web99")
    assert len(shown) == 5
    assert "28 more" in shown[-1]


def test_trouble_is_shown_below() -> None:
    assert drawn(an_install("web01", "queued"), trouble="No server").endswith("No server")


def test_markup_and_control_characters_are_text() -> None:
    shown = drawn(an_install("web01", "held", text="[red]x[/red]\x1b[2J"))
    assert "[red]x[/red]" in shown
    assert "\x1b" not in shown


@pytest.mark.parametrize(
    ("done", "total", "full"), [(0, 100, 0), (50, 100, 6), (100, 100, 12), (200, 100, 12), (1, 0, 0)]
)
def test_the_bar_stays_in_its_bounds(done: int, total: int, full: int) -> None:
    assert bar(an_install("a", "installing", progress=Progress("write", done, total))).count("━") == full


@pytest.mark.parametrize(
    ("seconds", "text"), [(-5, "0s"), (59, "59s"), (130, "2m10s"), (11_100, "3h05m"), (400_000, "4d")]
)
def test_ages_are_short(seconds: float, text: str) -> None:
    assert age(seconds) == text
