"""The work process as it is wired: what dnsmasq's script wrote into the state directory becomes a sighting."""

from __future__ import annotations

import contextlib
from pathlib import Path

from rackwright import wiring
from rackwright.dhcp.events import EVENTS
from rackwright.render.dnsmasq import LEASES
from rackwright.settings import Settings
from rackwright.store import machines, sightings
from rackwright.store.migrate import migrate
from tests.builders import SITE, machine

MAC = "52:54:00:00:00:01"


def test_a_lease_and_a_loader_are_noted_within_two_looks(tmp_path: Path) -> None:
    wired = wiring.wire(Settings(site=SITE, state_dir=tmp_path))
    with contextlib.closing(wired.store):
        migrate(wired.store.engine)
        web = machine().named("web01").with_macs(MAC).build()
        wired.store.write(lambda tx: machines.put(tx, web))
        _, runner, dhcp = wiring.work(wired)
        (tmp_path / LEASES).write_text(f"4000000000 {MAC} 10.77.0.123 * *\n")
        (tmp_path / EVENTS).write_text(
            f"1700000000 dhcp {MAC} 10.77.0.123 br0\n1700000001 loader - 10.77.0.123 snponly.efi\n"
        )
        dhcp.look()
        dhcp.look()
        seen = wired.store.read(lambda tx: sightings.of_machine(tx, SITE, web.id))
        runner.close()
    assert {kind: one.at for kind, one in seen.items()} == {
        "dhcp": 1_700_000_000_000_000,
        "loader": 1_700_000_001_000_000,
    }
