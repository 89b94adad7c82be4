"""The register, the machine or the operator's mind changes between arming and the claim: the disk stays untouched."""

from __future__ import annotations

from typing import Any

import pytest

from rackwright.app.set_machine import set_machine
from rackwright.settings import ProfileSettings
from rackwright.store import machines
from rackwright.values.install import State
from rackwright.values.machine import Protection, RegisteredNic, Service
from tests.builders import SITE
from tests.robot import DISK, Robot
from tests.story import Site, mac_of, machine_with

PROTECTION = Protection("ann", "runs payroll", 1)

TWO_DISKS = (DISK, DISK | {"device": "/dev/vdb", "serial": "DISK0002", "path": "pci-0000:00:06.0"})


def edited(site: Site, **changes: str) -> None:
    """By a person, with the reason that an edit during an install needs."""
    vault = site.context.vault
    site.store.write(lambda tx: set_machine(tx, site.clock(), vault, SITE, "web01", changes, "ann", "a mistake"))


def put(site: Site, **values: Any) -> None:
    site.store.write(lambda tx: machines.put(tx, machine_with(site.machine(), **values)))


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"disk": "serial=DISK0002"}, "disk_changed_meanwhile"),
        ({"disk": "serial=DISK0003"}, "no_disk_matches"),
        ({"serial": "SN0002"}, "wrong_serial"),
        ({"macs": mac_of(9)}, "wrong_mac"),
        ({"model": "Another PC"}, "wrong_model"),
    ],
)
def test_a_register_changed_after_the_inspection_holds_the_claim(
    site: Site, changes: dict[str, str], cause: str
) -> None:
    put(site, disk="serial=DISK0001")
    robot = Robot(site, disks=TWO_DISKS).reach(State.GRANTED)
    edited(site, **changes)
    answer = robot.claims().json()
    assert (answer["granted"], answer.get("plan")) == (False, None)
    found = site.install()
    assert (found.state, found.claimed, found.cause["key"]) == (State.HELD, False, cause)
    assert not site.view().text.startswith("cause_")
    assert not site.view(language="zh").text.startswith("cause_")
    assert robot.polls()["act"] == "idle"


def test_a_register_changed_to_the_same_disk_in_other_words_changes_nothing(site: Site) -> None:
    robot = Robot(site).reach(State.GRANTED)
    edited(site, disk="serial=DISK0001")
    assert robot.claims().json()["granted"]


def test_a_machine_put_into_service_after_it_was_armed_is_not_written(site: Site) -> None:
    robot = Robot(site).reach(State.GRANTED)
    put(site, service=Service.IN_SERVICE)
    answer = robot.claims().json()
    assert answer["granted"] is False
    assert "into service" in answer["text"]
    assert (site.state(), site.install().claimed) == (State.FAILED, False)


def test_a_machine_in_service_that_was_armed_for_a_reinstall_is_written(site: Site) -> None:
    site.cancel()
    put(site, service=Service.IN_SERVICE)
    site.clock.go(1)
    site.arm(reinstall=True, reason="a new role")
    robot = Robot(site).reach(State.GRANTED)
    assert robot.claims().json()["granted"]


def test_a_retry_is_allowed_only_what_was_asked_for_this_time(site: Site) -> None:
    site.cancel()
    put(site, service=Service.IN_SERVICE)
    site.clock.go(1)
    site.arm(reinstall=True, reason="a new role")
    Robot(site).reach(State.FAILED)
    put(site, service=Service.NEW)
    site.arm(retry=True)
    robot = Robot(site).reach(State.GRANTED)
    put(site, service=Service.IN_SERVICE)
    assert robot.claims().json()["granted"] is False


def test_a_profile_that_left_the_settings_is_not_taken_for_an_empty_one(site: Site) -> None:
    site.context.settings.profile["web"] = ProfileSettings(root_password_hash="$6$x")
    site.cancel()
    put(site, profile="web")
    site.clock.go(1)
    site.arm()
    robot = Robot(site).reach(State.GRANTED)
    del site.context.settings.profile["web"]
    assert robot.claims().json()["granted"] is False
    assert (site.state(), site.install().cause["key"]) == (State.FAILED, "profile_gone")
    assert "web" in site.view().text


def test_a_first_boot_script_that_is_no_text_fails_before_the_disk_is_touched(site: Site) -> None:
    script = site.directory / "latin1.sh"
    script.write_bytes(b"echo caf\xe9\n")
    robot = Robot(site).reach(State.GRANTED)
    site.context.settings.profile["default"] = ProfileSettings(first_boot=str(script))
    assert robot.claims().json()["granted"] is False
    assert site.install().cause["key"] == "first_boot_script_unreadable"


@pytest.mark.parametrize("ended", ["cancelled", "failed"])
def test_an_agent_that_still_writes_is_told_to_stop_when_its_machine_is_armed_anew(site: Site, ended: str) -> None:
    robot = Robot(site).reach(State.INSTALLING)
    if ended == "cancelled":
        site.cancel()
    else:
        site.wait(site.context.settings.stall_s + 20)
    site.clock.go(1)
    assert len(site.arm()) == 1
    assert robot.polls()["act"] == "stop"
    site.tick()
    site.power()
    assert robot.polls()["act"] == "stop"


def test_a_boot_that_was_fenced_does_not_come_back_to_life_by_joining_again(site: Site) -> None:
    robot = Robot(site).reach(State.INSTALLING)
    robot.reports("install_failed", step="write_image", error="the disk broke")
    site.arm(retry=True)
    site.tick()
    site.power()
    robot.asks_to_boot()
    said = robot.joins()
    assert (said["token"], said["order"]["act"]) == ("", "stop")
    assert site.state() is State.INSPECTING
    assert robot.reboots().joins()["order"]["act"] == "wait"


def test_a_late_phone_home_of_an_older_install_says_nothing_of_the_newer(site: Site) -> None:
    robot = Robot(site).reach(State.FIRST_BOOT)
    old = {"install": site.install().id, "token": site.context.first_boot_token(site.install().id, 1)}
    site.wait(46 * 60)
    assert site.state() is State.FAILED
    assert len(site.arm()) == 1
    with site.nothing_moves():
        assert robot.phones_home(**old).status_code == 410
    assert (site.machine().runs.os, site.machine().service) == ("", Service.NEW)
    assert site.kinds()[-1] == "refused"


@pytest.mark.parametrize("state", [State.STARTING, State.WAITING, State.GRANTED, State.INSTALLING])
def test_a_boot_request_from_an_address_leased_to_another_port_moves_nothing(site: Site, state: State) -> None:
    robot = Robot(site).reach(state)
    if state is State.STARTING:
        site.power()
    site.leases.given["10.77.0.99"] = mac_of(9)
    with site.nothing_moves():
        Robot(site, address="10.77.0.99").asks_to_boot()
    site.leases.given[robot.address] = mac_of(1)
    robot.asks_to_boot()
    assert site.state() in (State.INSPECTING, State.HELD)


@pytest.mark.parametrize("values", [{"protection": PROTECTION}, {"service": Service.IN_SERVICE}])
@pytest.mark.parametrize("state", [State.CANCELLED, State.FAILED])
def test_a_machine_that_is_kept_as_it_is_boots_its_disk_whatever_its_last_install_left(
    site: Site, values: dict[str, Any], state: State
) -> None:
    robot = Robot(site).reach(State.FAILED if state is State.FAILED else State.INSTALLING)
    if state is State.CANCELLED:
        site.cancel()
    assert "/ramos/" in robot.asks_to_boot()
    put(site, **values)
    assert "/ramos/" not in robot.asks_to_boot()


def test_a_protected_machine_boots_its_disk_also_while_it_is_held(site: Site) -> None:
    robot = Robot(site).reach(State.HELD)
    put(site, protection=PROTECTION)
    assert "/ramos/" not in robot.asks_to_boot()


def test_a_stranger_with_ever_new_boots_fills_neither_timeline_nor_database(site: Site) -> None:
    Robot(site).reach(State.WAITING)
    stranger = Robot(site, address="10.77.0.99")
    stranger.joins()
    before = len(site.log())
    for _ in range(5):
        stranger = stranger.reboots()
        stranger.joins()
    assert len(site.log()) == before


def test_two_nics_are_no_reason_to_refuse(site: Site) -> None:
    put(site, nics=(RegisteredNic(mac_of(1)), RegisteredNic(mac_of(201), "bmc")))
    assert Robot(site).reach(State.GRANTED).claims().json()["granted"]


@pytest.mark.parametrize(
    "values", [{"protection": PROTECTION}, {"service": Service.IN_SERVICE}], ids=["protected", "service"]
)
@pytest.mark.parametrize("state", [State.STARTING, State.INSPECTING, State.WAITING])
def test_a_boot_of_a_machine_that_may_not_be_installed_any_more_gets_its_disk_and_says_why(
    site: Site, values: dict[str, Any], state: State
) -> None:
    robot = Robot(site).reach(state)
    if state is State.STARTING:
        site.power()
    put(site, **values)
    if state is State.INSPECTING:
        assert robot.joins()["order"]["act"] == "idle"
    else:
        assert "/ramos/" not in robot.asks_to_boot()
    assert site.state() is State.FAILED
    assert site.install().cause["key"] in ("protected_meanwhile", "in_service_meanwhile")


def test_a_claim_whose_reply_was_lost_and_whose_script_is_gone_fails_and_says_why(site: Site) -> None:
    robot = Robot(site).reach(State.INSTALLING)
    site.context.settings.profile["default"] = ProfileSettings(first_boot=str(site.directory / "gone.sh"))
    answer = robot.claims().json()
    assert (answer["granted"], answer.get("plan")) == (False, None)
    assert (site.state(), site.install().cause["key"]) == (State.FAILED, "first_boot_script_unreadable")
