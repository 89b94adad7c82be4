"""Follows installs until they stand still: a live table on a terminal, a line for each change elsewhere.

It only watches: ending it changes nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING

from rackwright.cli.client import Client, Query, Refused
from rackwright.cli.session import OK, SOME_FAILED
from rackwright.cli.shapes import Install, Installs
from rackwright.cli.show import clean, steps
from rackwright.words import say

if TYPE_CHECKING:
    from rich.console import Console

POLL_S = 1.0
PATIENCE_S = 8.0  # until the screen says that the server does not answer
IDS_A_REQUEST = 100  # keeps the request line short
SETTLED = frozenset({"done", "held", "failed", "cancelled"})
Until = Callable[[Sequence[Install]], bool]


def all_settled(installs: Sequence[Install]) -> bool:
    """Nothing moves any more without a person."""
    return all(install.state in SETTLED for install in installs)


def follow(
    client: Client,
    console: Console,
    *,
    ids: Sequence[str] = (),
    names: Sequence[str] = (),
    until: Until = all_settled,
    poll_s: float = POLL_S,
) -> int:
    """Exit code: 0 all done, 3 some held, failed or cancelled, or the watcher left before the end."""
    screen = _Screen(console, client.language) if console.is_terminal else _Lines(console, client.language)
    installs: list[Install] = []
    try:
        with screen:
            while True:
                began = time.monotonic()
                try:
                    installs = read(client, ids, names)
                except Refused as error:
                    # The server restarts: the installs go on, and so does the watcher.
                    if error.status not in (0, 503):
                        raise
                    screen.trouble(error.text)
                else:
                    screen.show(installs)
                    if until(installs):
                        break
                # Thousands of installs take a while to read: half of the time at most is spent asking.
                time.sleep(max(poll_s, time.monotonic() - began))
    except KeyboardInterrupt:
        console.print(say(client.language, "cli_follow_left", {}), markup=False)
        return SOME_FAILED
    _sum_up(console, client.language, installs)
    return OK if all(install.state == "done" for install in installs) else SOME_FAILED


def read(client: Client, ids: Sequence[str], names: Sequence[str]) -> list[Install]:
    """The named installs, however many, in the order of their hostnames."""
    found: list[Install] = []
    for key, wanted in (("ids", ids), ("names", names)):
        for start in range(0, len(wanted), IDS_A_REQUEST):
            query: Query = {key: ",".join(wanted[start : start + IDS_A_REQUEST])}
            found += client.get("/installs", query, PATIENCE_S).as_(Installs).installs
    return sorted(found, key=lambda install: install.hostname)


class _Screen:
    """The live table; it is drawn again at each reading."""

    def __init__(self, console: Console, language: str) -> None:
        from rich.live import Live

        self._console = console
        self._language = language
        self._live = Live(console=console, auto_refresh=False, transient=False)
        self._last: list[Install] = []

    def __enter__(self) -> None:
        self._live.start()

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def show(self, installs: list[Install]) -> None:
        self._last = installs
        self._draw("")

    def trouble(self, text: str) -> None:
        self._draw(text)

    def _draw(self, trouble: str) -> None:
        from rackwright.cli.follow_table import table

        rows = max(5, self._console.height - 6)
        now_us = int(time.time() * 1_000_000)
        self._live.update(table(self._last, now_us, self._language, rows, trouble), refresh=True)


class _Lines(nullcontext[None]):
    """One line whenever an install's state or text changes, or another tenth is written."""

    def __init__(self, console: Console, language: str) -> None:
        super().__init__()
        self._console = console
        self._language = language
        self._shown: dict[str, tuple[str, str, int]] = {}
        self._trouble = ""

    def show(self, installs: list[Install]) -> None:
        self._trouble = ""
        for install in installs:
            told = (install.state, install.text, tenths(install))
            if self._shown.get(install.id) != told:
                self._shown[install.id] = told
                self._say(self._line(install))

    def trouble(self, text: str) -> None:
        if text != self._trouble:
            self._trouble = text
            self._say(text)

    def _line(self, install: Install) -> str:
        from rackwright.cli.follow_table import progress_text

        parts = (
            time.strftime("%H:%M:%S"), install.hostname, install.state_text or install.state,
            progress_text(install), install.text,
        )  # fmt: skip
        return "  ".join(clean(part) for part in parts if part)

    def _say(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)


def tenths(install: Install) -> int:
    done = install.progress
    return 10 * done.done_bytes // done.total_bytes if done and done.total_bytes else 0


def _sum_up(console: Console, language: str, installs: Iterable[Install]) -> None:
    """For each that is not done: why, and what a person can do."""
    for install in installs:
        if install.state == "done":
            continue
        text = say(
            language,
            "cli_follow_not_done",
            {"hostname": install.hostname, "state": install.state_text or install.state, "text": install.text},
        )
        console.print(clean(text), markup=False, highlight=False, soft_wrap=True)
        if install.next:
            console.print(steps(install.next, "    "), markup=False, highlight=False, soft_wrap=True)
