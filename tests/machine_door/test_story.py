"""The whole life of an install over the machine door."""

from __future__ import annotations

import pytest

from rackwright.values.install import State
from rackwright.values.machine import Service
from tests.robot import ESP, Robot
from tests.story import IMAGE, IMAGE_BYTES, Site

EVENTS = [
    "install_armed", "install_permitted", "bmc_proven_fru", "powered_off", "powered_on", "install_booted", "agent_joined",
    "install_matched", "install_slot_given", "install_claimed", "agent_step_started", "agent_step_finished",
    "agent_handing_over", "install_handed_over", "install_phoned_home",
]  # fmt: skip


@pytest.mark.parametrize("twice", [False, True], ids=["once", "each request twice"])
def test_from_armed_to_done(any_site: Site, twice: bool) -> None:
    site, robot = any_site, Robot(any_site, twice=twice)
    assert "sanboot" in robot.asks_to_boot()
    site.tick()
    assert site.state() is State.STARTING
    assert site.power() == 1
    assert "/ramos/vmlinuz" in robot.asks_to_boot()
    assert site.state() is State.INSPECTING
    assert robot.joins()["order"]["act"] == "wait"
    assert site.state() is State.WAITING
    assert robot.fetches(IMAGE.sha256).status_code == 403
    site.tick()
    assert robot.polls()["act"] == "claim"
    claimed = robot.claims().json()
    assert claimed["granted"]
    assert claimed["plan"]["disk"]["serial"] == "DISK0001"
    assert robot.fetches(IMAGE.sha256).content == IMAGE_BYTES
    robot.polls(done_bytes=10, total_bytes=100)
    robot.reports("step_started", step="write_image")
    assert robot.reports("step_finished", step="write_image", seconds=3)["act"] == "continue"
    order = robot.hands_over()
    assert (order["act"], order["accepted_seq"]) == ("reboot", 3)
    assert site.state() is State.FIRST_BOOT
    assert f"localboot.efi?esp={ESP}" in robot.asks_to_boot(platform="efi")
    assert robot.phones_home().text == "ok\n"
    assert site.state() is State.DONE
    assert site.kinds() == EVENTS


def test_the_register_says_what_a_done_machine_runs(site: Site) -> None:
    Robot(site).reach(State.DONE)
    machine = site.machine()
    assert (machine.runs.os, machine.runs.image, machine.runs.at) == ("tiny", IMAGE.sha256, site.clock())
    assert machine.service is Service.IN_SERVICE


def test_a_netboot_long_after_done_gets_the_disk(site: Site) -> None:
    robot = Robot(site).reach(State.DONE)
    site.wait(100)
    assert "sanboot" in robot.asks_to_boot()
    assert f"localboot.efi?esp={ESP}" in robot.asks_to_boot(platform="efi")
    assert site.state() is State.DONE


def test_a_ram_os_that_boots_on_a_done_machine_idles_without_a_token(site: Site) -> None:
    robot = Robot(site).reach(State.DONE).reboots()
    said = robot.joins()
    assert (said["token"], said["order"]["act"]) == ("", "idle")


def test_bytes_of_the_image_can_be_asked_for_from_where_a_transfer_broke(site: Site) -> None:
    robot = Robot(site).reach(State.INSTALLING)
    headers = {"Authorization": f"Bearer {robot.token}", "Range": "bytes=100-"}
    answer = site.client(robot.address).get(f"/v1/images/{IMAGE.sha256}", headers=headers)
    assert (answer.status_code, answer.content) == (206, IMAGE_BYTES[100:])


def test_a_second_start_over_the_same_disk_writes_nothing_of_the_first(site: Site) -> None:
    """A reinstall is a new install with its own claim and tokens."""
    first = Robot(site).reach(State.DONE)
    before = site.install()
    site.clock.go(1)
    site.arm(reinstall=True, reason="new kernel", live_ok=("web01",))
    after = site.install()
    assert (after.id != before.id, after.state, after.claimed) == (True, State.QUEUED, False)
    second = first.reboots().reach(State.INSTALLING)
    assert first.claims(install=before.id).json()["granted"] is False
    assert second.polls()["act"] == "continue"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_line_of_the_timeline_is_a_sentence(site: Site, language: str) -> None:
    Robot(site).reach(State.DONE)
    for line in site.log(language=language):
        assert not line.text.startswith(("event_", "cause_")), line.text
        assert "None" not in line.text
