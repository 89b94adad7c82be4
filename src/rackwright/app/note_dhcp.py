"""Notes what DHCP and TFTP saw of the register's machines. Evidence only: it never moves an install."""

from __future__ import annotations

from collections.abc import Sequence

from rackwright.app.context import Context
from rackwright.app.notice import flush
from rackwright.ports import DhcpEvent, DhcpStep
from rackwright.store import machines
from rackwright.store.sightings import Sighting
from rackwright.store.store import Tx


def note_dhcp(tx: Tx, site: str, events: Sequence[DhcpEvent]) -> None:
    """The last of each kind and machine; a MAC that is no machine's port is passed over."""
    owners = machines.by_ports(tx, site, {event.mac for event in events if event.mac})
    newest: dict[tuple[str, str], Sighting] = {}
    for event in events:
        if owner := owners.get(event.mac):
            detail = "file" if event.step is DhcpStep.LOADER else "interface"
            values = {"mac": event.mac, "address": event.address, detail: event.detail}
            newest[owner, event.step.value] = Sighting(owner, event.step.value, event.at, event.at, values)
    flush(tx, site, list(newest.values()), [])


def machine_of_port(tx: Tx, context: Context, mac: str) -> str:
    """The machine that the register has this port for, empty for none."""
    return machines.by_ports(tx, context.site, (mac,)).get(mac, "")
