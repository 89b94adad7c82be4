"""Reconciler: takes what the DHCP server has seen and notes it as sightings. What is lost is lost."""

from __future__ import annotations

from dataclasses import replace

from rackwright.app.note_dhcp import note_dhcp
from rackwright.ports import DhcpEvents, Leases
from rackwright.store.store import Store


class DhcpWatch:
    """One site's. A transfer is known by its address alone: its lease says whose it is."""

    def __init__(self, store: Store, site: str, events: DhcpEvents, leases: Leases) -> None:
        self._store, self._site, self._events, self._leases = store, site, events, leases

    def look(self) -> None:
        """Looks once. Raises Transient when the database is busy."""
        seen = [
            event if event.mac else replace(event, mac=self._leases.mac_of(event.address) or "")
            for event in self._events.drain()
        ]
        if any(event.mac for event in seen):
            self._store.write(lambda tx: note_dhcp(tx, self._site, seen))
