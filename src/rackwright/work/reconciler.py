"""A reconciler: takes no input, re-reads the world, is idempotent. Moves what is overdue and admits who may go on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from rackwright.app.advance import advance
from rackwright.app.context import Context
from rackwright.decide.admit import Admitted, Limits, admit
from rackwright.decide.lifecycle import Trigger, is_edge
from rackwright.decide.overdue import decide_overdue, is_stalled
from rackwright.store import effects, installs, machines, sightings, ticks
from rackwright.store.store import Store, Tx
from rackwright.values.install import Cause, Install, State

T = TypeVar("T")
GAP_US = 10_000_000  # longer without a tick is an outage or a clock jump, and nobody's deadline
ACTOR = "rackwright"
BATCH = 200


class Reconciler:
    """One site's. `now` gives UTC microseconds."""

    def __init__(self, store: Store, context: Context, now: Callable[[], int]) -> None:
        self._store, self._context, self._now = store, context, now
        self._watching_since = now()

    def tick(self) -> None:
        """Looks once. Raises Transient when the database is busy; the next tick looks again."""
        self._store.write(self._note_tick)
        for install in self._store.read(lambda tx: installs.due(tx, self._context.site, self._now(), BATCH)):
            self._store.write(lambda tx, it=install: self._overdue(tx, it))
        for install in self._store.read(lambda tx: installs.expired(tx, self._context.site, self._now(), BATCH)):
            self._store.write(lambda tx, it=install: self._expire(tx, it))
        for install in self._store.read(self._stalled):
            self._store.write(lambda tx, it=install: self._fail_stalled(tx, it))
        if self._has_waiting():
            self._store.write(self._admit)

    def _note_tick(self, tx: Tx) -> None:
        """Shifts every deadline by the time in which nobody looked, before anything is judged overdue."""
        now, site = self._now(), self._context.site
        gap = now - (ticks.last(tx, site) or now)
        if not 0 <= gap <= GAP_US:
            installs.shift_deadlines(tx, site, gap)
            if gap < 0:  # after an outage what is due is late already
                effects.shift(tx, site, gap)
            self._watching_since = now
        ticks.put(tx, site, now)

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
            cause: Cause = {"key": "expired", "hours": hours, "state": install.state.value}
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

    def _has_waiting(self) -> bool:
        states = (State.QUEUED, State.WAITING)
        return bool(self._store.read(lambda tx: installs.in_states(tx, self._context.site, states, 1)))

    def _admit(self, tx: Tx) -> None:
        """Counts and grants in one transaction that holds the site's tick row, so that no limit is passed."""
        site, now = self._context.site, self._now()
        ticks.last(tx, site)
        given = self._context.settings.limits
        admitted = admit(
            installs.counts(tx, site),
            installs.in_states(tx, site, (State.QUEUED,), BATCH),
            installs.in_states(tx, site, (State.WAITING,), BATCH),
            Limits(given.starts, given.writes),
        )
        for trigger, chosen in _by_trigger(admitted):
            for seen in sorted(chosen, key=lambda one: one.machine):
                install = _locked(tx, seen)
                if install and install.version == seen.version:
                    advance(tx, now, self._context, install, trigger, ACTOR)


def _by_trigger(admitted: Admitted) -> tuple[tuple[Trigger, tuple[Install, ...]], ...]:
    return (Trigger.PERMITTED, admitted.start), (Trigger.SLOT_GIVEN, admitted.write)


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
