"""Admission: counts what is out and gives what the limits leave, in one transaction under the site's lock.

A machine that boots again by itself stands in INSPECTING without having been asked: it is counted, and nobody else
starts in its place.
"""

from __future__ import annotations

from rackwright.app.advance import advance
from rackwright.app.context import Context
from rackwright.app.limits import limits_now
from rackwright.decide.admit import Admitted, Held, InLine, admit, passing
from rackwright.decide.lifecycle import Trigger
from rackwright.decide.limits import Limits
from rackwright.store import installs, lines, machines, ticks
from rackwright.store.store import Tx

BATCH = 200  # of a line, read at a time
PAGES = 100
ACTOR = "rackwright"


def admit_waiting(tx: Tx, now: int, context: Context, silent_before: int) -> None:
    """Two reconcilers at once count one after the other: the second waits for the site's row."""
    site = context.site
    ticks.last(tx, site)
    limits, held = limits_now(tx, context), lines.held(tx, site)
    start = _starts(tx, site, limits, held)
    write = _writes(tx, site, limits, held, silent_before)
    chosen = [(one, Trigger.PERMITTED) for one in start] + [(one, Trigger.SLOT_GIVEN) for one in write]
    # In the order of machines: whoever else locks several cannot wait for us while we wait for it.
    for one, trigger in sorted(chosen, key=lambda pair: pair[0].machine):
        machines.lock(tx, site, one.machine)
        install = installs.get(tx, site, one.install)
        if install and install.version == one.version:
            advance(tx, now, context, install, trigger, ACTOR)


def _starts(tx: Tx, site: str, limits: Limits, held: Held) -> list[InLine]:
    """Page by page, without those whose network or rack is full by then."""
    given: list[InLine] = []
    after: InLine | None = None
    for _ in range(PAGES):
        if held.starts >= limits.starts:
            break
        page = lines.queued(tx, site, passing(limits, held), after, BATCH)
        admitted = admit(limits, held, page, (), 0)
        given, held = given + list(admitted.start), admitted.held
        if len(page) < BATCH:
            break
        after = page[-1]
    return given


def _writes(tx: Tx, site: str, limits: Limits, held: Held, silent_before: int) -> list[InLine]:
    given: list[InLine] = []
    after: InLine | None = None
    for _ in range(PAGES):
        if held.writes >= limits.writes:
            break
        page = lines.waiting(tx, site, after, min(BATCH, limits.writes))
        admitted: Admitted = admit(limits, held, (), page, silent_before)
        given, held = given + list(admitted.write), admitted.held
        if len(page) < min(BATCH, limits.writes):
            break
        after = page[-1]
    return given
