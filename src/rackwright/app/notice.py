"""Sightings: last-seen evidence, gathered in memory and flushed together. It may be lost and decides nothing."""

from __future__ import annotations

from dataclasses import replace

from rackwright.store import machines, sightings
from rackwright.store.sightings import Discovered, Sighting
from rackwright.store.store import Tx
from rackwright.values.event import Values
from rackwright.values.ids import Mac

MOST = 20_000  # kept until the next flush; a flood of made-up MACs costs no more than this


class Notices:
    """What one process has seen since its last flush: the newest of each kind, machine or MAC."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], Sighting] = {}
        self._unknown: dict[str, Discovered] = {}
        self._progress: dict[str, tuple[int, int]] = {}
        self._at: dict[str, str] = {}

    def saw(self, machine: str, kind: str, now: int, values: Values) -> None:
        if len(self._seen) < MOST:
            self._seen[machine, kind] = Sighting(machine, kind, now, now, values)

    def saw_progress(self, machine: str, now: int, values: Values) -> None:
        """`moved_at` stays where it was while the same step reports the same number of bytes."""
        amount = hash((values.get("step"), values.get("done_bytes")))
        last, moved_at = self._progress.get(machine, (None, now))
        moved_at = moved_at if last == amount else now
        if len(self._progress) >= MOST:
            self._progress.clear()
        self._progress[machine] = (amount, moved_at)
        self.saw(machine, "progress", now, values)
        key = (machine, "progress")
        if key in self._seen:
            self._seen[key] = replace(self._seen[key], moved_at=moved_at)

    def saw_boot(self, machine: str, address: str, now: int, values: Values) -> None:
        """Remembers who booted from the address: what fetches the RAM OS next says nothing of who it is."""
        self.saw(machine, "boot", now, values)
        if len(self._at) >= MOST:
            self._at.clear()
        self._at[address] = machine

    def machine_at(self, address: str) -> str:
        """The machine that last booted from the address, empty when none did in this process."""
        return self._at.get(address, "")

    def saw_unknown(self, mac: Mac, seen: Discovered) -> None:
        self._at.pop(seen.address, None)
        if len(self._unknown) < MOST:
            self._unknown[mac] = seen

    def take(self) -> tuple[list[Sighting], list[Discovered]]:
        """What is to be flushed now; it is forgotten here."""
        taken = list(self._seen.values()), list(self._unknown.values())
        self._seen, self._unknown = {}, {}
        return taken


def flush(tx: Tx, site: str, seen: list[Sighting], unknown: list[Discovered]) -> None:
    """Writes sightings, in the order of machines so that two processes cannot wait for each other."""
    seen.sort(key=lambda one: (one.machine, one.kind))
    sightings.put(tx, site, seen)
    newest: dict[str, Sighting] = {}
    for one in seen:
        if one.machine == sightings.OURSELVES:
            continue
        if one.machine not in newest or newest[one.machine].at <= one.at:
            newest[one.machine] = one
    machines.mark_seen(tx, site, ((m, one.at, one.kind) for m, one in newest.items()))
    for stranger in sorted(unknown, key=lambda one: one.mac):
        sightings.put_discovered(tx, site, stranger)
