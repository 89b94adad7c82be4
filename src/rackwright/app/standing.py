"""Where installs stand in line, from what is in force now. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from rackwright.app.context import Context
from rackwright.app.limits import limits_now
from rackwright.decide.admit import Held
from rackwright.decide.limits import Limits
from rackwright.decide.pace import STEPS, Pace, Step, pace_of
from rackwright.decide.silence import silent_before
from rackwright.decide.standing import Line, decide_standing
from rackwright.store import events, lines, sightings, ticks
from rackwright.store.sightings import OURSELVES, Sighting
from rackwright.store.store import Tx
from rackwright.values.install import Install, State
from rackwright.values.standing import Standing

IN_LINE = (State.QUEUED, State.WAITING)
_STARTED = (State.WAITING, State.GRANTED, State.INSTALLING, State.FIRST_BOOT)
LAST = 30  # installs that a pace is taken from
PACE = "pace"
WATCHING = "watching"


@dataclass(frozen=True, slots=True)
class _InForce:
    limits: Limits
    held: Held
    pace: Pace


def standing_of(tx: Tx, context: Context, install: Install) -> Standing:
    """Of one that polls: asked at every poll, so it is only counted."""
    return _decided(_in_force(tx, context), install.state, lines.place(tx, install), 0)


def standings(tx: Tx, context: Context, some: Sequence[Install]) -> dict[str, Standing]:
    """Of those of some installs that wait for a permit or a slot, by id."""
    waiting = [install for install in some if install.state in IN_LINE]
    if not waiting:
        return {}
    force = _in_force(tx, context)
    places = lines.places(tx, context.site, [install.id for install in waiting])
    return {
        install.id: _decided(force, install.state, places[install.id], _silent_s(tx, context, install))
        for install in waiting
        if install.id in places
    }


def note_pace(tx: Tx, now: int, context: Context) -> None:
    """Looks at the installs that gave a permit or a slot back last; kept as a sighting of our own, that decides nothing."""
    site = context.site
    recent = lines.gone_on(tx, site, _STARTED, LAST) | lines.gone_on(tx, site, (State.FIRST_BOOT,), LAST)
    kinds = {f"install_{trigger.value}": trigger for trigger in STEPS}
    found = events.of_installs(tx, site, recent, list(kinds))
    pace = pace_of((Step(one.install, kinds[one.kind], one.at) for one in found), _pace(tx, site))
    sightings.put(tx, site, [Sighting(OURSELVES, PACE, now, now, asdict(pace))])


def _in_force(tx: Tx, context: Context) -> _InForce:
    return _InForce(limits_now(tx, context), lines.held(tx, context.site), _pace(tx, context.site))


def _pace(tx: Tx, site: str) -> Pace:
    known = sightings.of_machine(tx, site, OURSELVES).get(PACE)
    if known is None:
        return Pace()
    return Pace(*(int(known.values.get(name) or 0) for name in ("start_s", "power_s", "write_s")))


def _decided(force: _InForce, state: State, line: Line, silent_s: int) -> Standing:
    return decide_standing(state, line, force.limits, force.held, force.pace, silent_s)


def _silent_s(tx: Tx, context: Context, install: Install) -> int:
    """By the reconciler's clock and its own watch, as it will judge: for how long nothing was heard, 0 while it is."""
    if install.state is not State.WAITING:
        return 0
    now, watching = ticks.seen(tx, context.site), sightings.of_machine(tx, context.site, OURSELVES).get(WATCHING)
    before = silent_before(now, watching.at if watching else now, context.settings.lost_contact_s)
    heard = lines.heard_at(tx, install)
    return (now - heard) // 1_000_000 if heard < before else 0
