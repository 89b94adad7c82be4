"""Machines that the register does not know, and machines that nobody armed."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from rackwright.store import schema, sightings
from rackwright.store.store import Store
from rackwright.values.install import State
from rackwright.values.network import Unknown
from tests.builders import SITE
from tests.robot import DISK, Robot
from tests.story import Site, mac_of


def discovered(site: Site) -> list[sightings.Discovered]:
    return site.store.read(lambda tx: sightings.all_discovered(tx, SITE, 10))


@pytest.fixture
def discovering(sqlite_store: Store, tmp_path: Path) -> Site:
    return Site(sqlite_store, tmp_path, unknown=Unknown.DISCOVER)


def test_where_unknown_machines_get_their_disk_they_are_still_listed(sqlite_store: Store, tmp_path: Path) -> None:
    site = Site(sqlite_store, tmp_path)
    robot = Robot(site, number=9, serial="NEW9")
    assert "sanboot" in robot.asks_to_boot(manufacturer="Dell Inc.", product="PowerEdge R710")
    assert "localboot.efi" in robot.asks_to_boot(platform="efi")
    site.tick()
    (seen,) = discovered(site)
    assert (seen.mac, seen.serial) == ("52:54:00:00:00:09", "NEW9")


def test_where_unknown_machines_are_discovered_they_get_the_ram_os_and_idle(discovering: Site) -> None:
    robot = Robot(discovering, number=9, serial="NEW9")
    assert "/ramos/vmlinuz" in robot.asks_to_boot()
    said = robot.joins(vendor="Dell Inc.")
    assert (said["token"], said["order"]["act"]) == ("", "idle")
    assert robot.joins()["session"] == said["session"]
    assert robot.polls()["act"] == "idle"
    (seen,) = discovered(discovering)
    assert (seen.serial, seen.vendor, seen.address) == ("NEW9", "QEMU", robot.address)
    assert '"serial":"DISK0001"' in seen.facts


def test_a_machine_from_outside_of_every_network_gets_its_disk(discovering: Site) -> None:
    assert "sanboot" in Robot(discovering, number=9, address="192.0.2.1").asks_to_boot()


def test_an_unknown_machine_asking_for_a_claim_is_refused(discovering: Site) -> None:
    robot = Robot(discovering, number=9)
    robot.joins()
    message = {
        "session": robot.session, "boot_id": robot.boot_id, "install": "x", "attempt": 1, "act": "image", "disks": [],
    }  # fmt: skip
    assert robot.post("/v1/claim", message).status_code == 401
    robot.token = discovering.context.session_token(robot.session)
    assert robot.post("/v1/claim", message).status_code == 401


@pytest.mark.parametrize("serial", ["To be filled by O.E.M.", "0", "FFFFFFFF", "Default string", "", "None"])
def test_a_placeholder_serial_is_nobodys(discovering: Site, serial: str) -> None:
    discovering.register(1, serial=serial, nics=())
    robot = Robot(discovering, number=9)
    robot.serial = serial
    robot.asks_to_boot()
    assert robot.joins()["order"]["act"] == "idle"
    discovering.tick()
    assert [seen.serial for seen in discovered(discovering)] == [""]


def test_a_machine_of_the_register_that_nobody_armed_gets_its_disk_and_idles(
    sqlite_store: Store, tmp_path: Path
) -> None:
    site = Site(sqlite_store, tmp_path, unknown=Unknown.DISCOVER)
    site.register()
    robot = Robot(site)
    assert "sanboot" in robot.asks_to_boot()
    said = robot.joins()
    assert (said["token"], said["order"]["act"]) == ("", "idle")
    assert discovered(site) == []


def test_a_machine_that_is_two_of_the_register_gets_its_disk(site: Site) -> None:
    """The serial of one with the MAC of another: nobody can say which it is."""
    site.register(2)
    site.tick()
    site.power()
    mixed = Robot(site, number=2, serial="SN0001")
    with site.nothing_moves():
        assert "sanboot" in mixed.asks_to_boot()
        assert mixed.joins()["order"]["act"] == "idle"
    assert (site.kinds("web01").count("boot_ambiguous"), site.kinds("web02").count("boot_ambiguous")) == (1, 0)
    told = site.log("web01")[-1].text
    assert all(part in told for part in ("web01", "web02", "SN0001"))


def test_made_up_machines_do_not_pile_up(any_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest are kept: of what a hostile machine makes up, as of everything else, there is an end."""
    monkeypatch.setattr(sightings, "MOST_DISCOVERED", 3)
    for number in range(5):
        any_site.clock.go(1)
        Robot(any_site, number=50 + number, serial="x", address="10.77.0.99").joins()
    any_site.clock.go(1)
    Robot(any_site, number=60, serial="x", address="10.77.0.99").asks_to_boot()
    any_site.tick()
    kept = [one.mac for one in discovered(any_site)]
    assert kept == [mac_of(60), mac_of(54), mac_of(53)]


def test_boots_of_nobodys_machine_from_one_address_leave_one_session(any_site: Site) -> None:
    last = Robot(any_site, number=50, serial="x", address="10.77.0.99")
    for _ in range(3):
        last = last.reboots()
        last.joins()
    armed = Robot(any_site).reach(State.WAITING)
    kept = any_site.store.read(lambda tx: set(tx.execute(select(schema.session.c.id)).scalars()))
    assert kept == {last.session, armed.session}


def test_endless_facts_of_an_unknown_machine_are_not_kept(site: Site) -> None:
    disk = DISK | {"model": "m" * 1000}
    Robot(site, number=50, serial="x", disks=tuple(disk for _ in range(500))).joins()
    (found,) = discovered(site)
    assert found.facts == ""
