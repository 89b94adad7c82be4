"""The invariant about permits and slots: never more are given out than the limits allow. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from fleet.seen import EventSeen, Final
from fleet.violation import Violation
from fleet.watch import Exceeded, Resource

RULE = "no more permits and slots than the limits"
WAITED = frozenset({"waiting", "granted"})


def limits_were_kept(exceeded: Sequence[Exceeded], final: Final) -> list[Violation]:
    """A machine that waits in the RAM OS and boots again by itself is inspected again without asking for a permit:
    nobody gave it one, and nobody could refuse it. It is left out here, and told in the report."""
    found: list[Violation] = []
    for one in exceeded:
        given = {install for install in one.out if not _came_back(one, install, final)}
        if len(given) > one.allowed:
            found.append(Violation(RULE, "", f"{len(given)} {one.what.value} of {one.allowed}, at {one.at}"))
    return found


def most_that_came_back(exceeded: Sequence[Exceeded], final: Final) -> int:
    return max((sum(_came_back(one, install, final) for install in one.out) for one in exceeded), default=0)


def _came_back(one: Exceeded, install: str, final: Final) -> bool:
    if one.what is not Resource.PERMITS:
        return False
    return _by_itself(final.events.get(final.installs[install].machine, ()), install, one.at)


def _by_itself(events: Sequence[EventSeen], install: str, at: int) -> bool:
    """Whether its way into the permit that it had at that moment was a boot out of its place in the line."""
    way = ""
    state = ""
    for event in events:
        if event.install != install or event.at > at or not event.kind.startswith("install_"):
            continue
        if event.kind == "install_booted" and state in WAITED:
            way = "came back"
        elif event.kind == "install_permitted":
            way = "permitted"
        state = str(event.values.get("state", state))
    return way == "came back"
