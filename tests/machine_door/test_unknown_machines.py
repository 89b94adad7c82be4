"""Machines that the register does not know, and machines that nobody armed."""

from __future__ import annotations

from pathlib import Path

import pytest

from rackwright.store import sightings
from rackwright.store.store import Store
from rackwright.values.network import Unknown
from tests.builders import SITE
from tests.robot import Robot
from tests.story import Site


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
