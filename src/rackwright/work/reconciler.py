"""A reconciler: takes no input, re-reads the world, is idempotent. Moves what is overdue and admits who may go on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from rackwright.app.advance import advance
from rackwright.app.context import Context
from rackwright.app.standing import WATCHING, note_pace
from rackwright.decide.lifecycle import Trigger, is_edge
from rackwright.decide.overdue import decide_overdue, is_stalled
from rackwright.decide.silence import silent_before
from rackwright.store import effects, installs, lines, machines, sessions, sightings, ticks
from rackwright.store.sightings import OURSELVES
from rackwright.store.store import Store, Tx
from rackwright.values.install import Cause, Install, State
from rackwright.work.admission import admit_waiting
from rackwright.work.silence import lose, lost

T = TypeVar("T")
GAP_US = 10_000_000  # longer without a tick is an outage or a clock jump, and nobody's deadline
ACTOR = "rackwright"
BATCH = 200
LINE_US = 30_000_000  # between two looks at who has long been silent, and at how fast the line moves


class Reconciler:
    """One site's. `now` gives UTC microseconds."""

    def __init__(self, store: Store, context: Context, now: Callable[[], int]) -> None:
        self._store, self._context, self._now = store, context, now
        self._watching_since = 0  # until the first look
        self._line_looked_at = self._paced_at = 0

    def tick(self) -> None:
        """Looks once. Raises Transient when the database is busy; the next tick looks again."""
        self._store.write(self._note_tick)
        for install in self._store.read(lambda tx: installs.due(tx, self._context.site, self._now(), BATCH)):
            self._store.write(lambda tx, it=install: self._overdue(tx, it))
        for install in self._store.read(lambda tx: installs.expired(tx, self._context.site, self._now(), BATCH)):
            self._store.write(lambda tx, it=install: self._expire(tx, it))
        for install in self._store.read(self._stalled):
            self._store.write(lambda tx, it=install: self._fail_stalled(tx, it))
        self._give_back_silent()
        self._admit()

    def _note_tick(self, tx: Tx) -> None:
        """Shifts every deadline by the time in which nobody looked, before anything is judged overdue."""
        site = self._context.site
        last = ticks.last(tx, site)
        now = self._now()  # under the lock: another reconciler may have looked while we waited for it
        gap = now - (last or now)
        jumped = not -GAP_US <= gap <= GAP_US
        if jumped:
            installs.shift_deadlines(tx, site, gap)
            if gap < 0:  # after an outage what is due is late already
                effects.shift(tx, site, gap)
        if jumped or not self._watching_since or self._is_deaf(tx, now):
            self._watching_since = now
            sightings.put(tx, site, [sightings.Sighting(OURSELVES, WATCHING, now, now, {})])
        # Two hosts' clocks differ by a little, which is no jump: the row never goes back for that.
        ticks.put(tx, site, now if jumped else max(now, last))

    def _is_deaf(self, tx: Tx, now: int) -> bool:
        """While no machine door runs, no machine can be heard: its silence says nothing."""
        door = sightings.of_machine(tx, self._context.site, OURSELVES).get("door")
        return door is None or now - door.at > GAP_US

    def _overdue(self, tx: Tx, seen: Install) -> None:
        install = _locked(tx, seen)
        now = self._now()
        if install and 0 < install.deadline <= now:
            overdue = decide_overdue(install, now)
            cause = {**overdue.cause, **_last_seen(tx, install, now)}
            advance(tx, now, self._context, install, overdue.trigger, ACTOR, cause=cause)

    def _expire(self, tx: Tx, seen: Install) -> None:
        """While it boots or claims it is under way, and its own limits hold; before and after that it expires."""
        install = _locked(tx, seen)
        now = self._now()
        if install and 0 < install.expires_at <= now and is_edge(install, Trigger.EXPIRED):
            hours = (now - install.armed_at) // 3_600_000_000
            written = sessions.claimed_before(tx, install)  # by an attempt before this one
            key = {"key": "expired_written" if written else "expired"}
            cause: Cause = {**key, "hours": hours, "state": install.state.value}
            advance(tx, now, self._context, install, Trigger.EXPIRED, ACTOR, cause=cause)

    def _stalled(self, tx: Tx) -> list[Install]:
        writing = installs.in_states(tx, self._context.site, (State.INSTALLING,))
        seen = sightings.of_kind(tx, self._context.site, "progress", [i.machine for i in writing])
        now, stall_s = self._now(), self._context.settings.stall_s
        return [install for install in writing if is_stalled(install, self._moved_at(install, seen), now, stall_s)]

    def _moved_at(self, install: Install, seen: dict[str, sightings.Sighting]) -> int:
        one = seen.get(install.machine)
        return max(one.moved_at if one else 0, self._watching_since)

    def _fail_stalled(self, tx: Tx, seen: Install) -> None:
        install = _locked(tx, seen)
        if install and install.state is State.INSTALLING:
            now, waited = self._now(), self._context.settings.stall_s
            cause = {"key": "write_stalled", "seconds": waited, **_last_seen(tx, install, now)}
            advance(tx, now, self._context, install, Trigger.OVERDUE, ACTOR, cause=cause)

    def _give_back_silent(self) -> None:
        """Slots at every look; whoever only waits is looked at now and then, for there may be thousands."""
        now, context = self._now(), self._context
        states = [State.GRANTED]
        if not 0 <= now - self._line_looked_at < LINE_US:
            states.append(State.WAITING)
            self._line_looked_at = now
        for state in states:
            for one in self._store.read(lambda tx, it=state: lost(tx, now, context, self._watching_since, it)):
                self._store.write(lambda tx, it=one: lose(tx, now, context, self._watching_since, it))

    def _admit(self) -> None:
        now, context = self._now(), self._context
        if not self._store.read(lambda tx: lines.anybody(tx, context.site)):
            return
        before = silent_before(now, self._watching_since, context.settings.lost_contact_s)
        self._store.write(lambda tx: admit_waiting(tx, now, context, before))
        if not 0 <= now - self._paced_at < LINE_US:
            self._paced_at = now
            self._store.write(lambda tx: note_pace(tx, now, context))


def _last_seen(tx: Tx, install: Install, now: int) -> Cause:
    """The evidence that goes with a silence: what was seen last since the power-on, and how long ago."""
    seen = sightings.of_machine(tx, install.site, install.machine).values()
    since = install.powered_on_at or install.armed_at
    last = max((one for one in seen if one.at >= since), key=lambda one: one.at, default=None)
    return {"seen": last.kind, "seen_ago": (now - last.at) // 1_000_000} if last else {"seen": "nothing"}


def _locked(tx: Tx, seen: Install) -> Install | None:
    """The install as it is now, with its machine locked."""
    machines.lock(tx, seen.site, seen.machine)
    return installs.get(tx, seen.site, seen.id)
