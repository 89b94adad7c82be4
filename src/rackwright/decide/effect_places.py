"""Who may act on BMCs now: healthy ones are never held up by those that did not answer before."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Busy:
    """Effects that are being carried out: all of them, and those of them that were put off before."""

    all: int
    again: int


def share_places(places: int, room: int, busy: Busy, fresh: int, again: int) -> tuple[int, int]:
    """How many of the `fresh` and of the effects that were put off before may begin.

    `places` is the site's limit, `room` what this process has free. Those tried `again` never have more than half
    of the places, and while fresh ones wait never more than half of what is free."""
    free = max(0, min(places - busy.all, room))
    for_again = max(0, min(again, (places + 1) // 2 - busy.again, max(free // 2, free - fresh)))
    return min(fresh, free - for_again), for_again
