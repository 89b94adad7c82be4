"""Only the installed system's own proof makes an install done."""

from __future__ import annotations

import pytest

from rackwright.values.install import State
from tests.robot import Robot
from tests.story import Site


def test_a_phone_home_with_a_wrong_token_is_gone(site: Site) -> None:
    robot = Robot(site).reach(State.FIRST_BOOT)
    with site.nothing_moves():
        for token in ("", "x", "\u20ac", site.context.first_boot_token("other", 1)):
            assert robot.phones_home(token=token).status_code == 410


def test_a_phone_home_for_an_install_that_does_not_exist_is_gone(site: Site) -> None:
    robot = Robot(site).reach(State.FIRST_BOOT)
    for install in ("", "x", "\0", "' or 1=1", "a" * 10_000, "00000000-0000-7000-8000-000000000000"):
        assert robot.phones_home(install=install).status_code == 410
    assert site.state() is State.FIRST_BOOT


def test_a_phone_home_from_another_disk_is_held(site: Site) -> None:
    robot = Robot(site).reach(State.FIRST_BOOT)
    assert robot.phones_home(root_disk_serial="OLDDISK").status_code == 410
    assert site.state() is State.HELD
    assert "OLDDISK" in site.view().text
    assert "DISK0001" in site.view().text


@pytest.mark.parametrize("spelling", ["DISK0001", " DISK0001 ", "disk0001", "DISK_0001", "DISK 0001"])
def test_spellings_of_one_disk_serial_are_the_same_disk(site: Site, spelling: str) -> None:
    assert Robot(site).reach(State.FIRST_BOOT).phones_home(root_disk_serial=spelling).status_code == 200


def test_a_phone_home_twice_is_heard_twice_and_noted_once(site: Site) -> None:
    robot = Robot(site, twice=True).reach(State.FIRST_BOOT)
    assert robot.phones_home().status_code == 200
    assert site.kinds().count("install_phoned_home") == 1


@pytest.mark.parametrize("state", [State.QUEUED, State.STARTING, State.INSPECTING, State.WAITING, State.GRANTED])
def test_a_phone_home_before_the_claim_is_gone_and_noted(site: Site, state: State) -> None:
    robot = Robot(site).reach(state)
    with site.nothing_moves():
        assert robot.phones_home().status_code == 410
    assert site.kinds()[-1] == "refused"


@pytest.mark.parametrize("state", [State.INSTALLING, State.FAILED])
def test_a_phone_home_proves_a_claimed_install_whatever_was_lost_before(site: Site, state: State) -> None:
    assert Robot(site).reach(state).phones_home().status_code == 200
    assert site.state() is State.DONE


def test_a_machine_that_was_held_for_a_reboot_is_done_when_its_system_phones_home(site: Site) -> None:
    robot = Robot(site).reach(State.INSTALLING)
    robot.asks_to_boot()
    assert site.state() is State.HELD
    assert robot.phones_home().status_code == 200
    assert site.state() is State.DONE
    assert site.install().cause == {}


def test_a_phone_home_of_the_last_attempt_does_not_end_the_next(site: Site) -> None:
    robot = Robot(site).reach(State.FAILED)
    token = site.context.first_boot_token(site.install().id, 1)
    site.arm(retry=True)
    with site.nothing_moves():
        assert robot.phones_home(token=token).status_code == 410


def test_a_form_with_too_many_fields_is_refused(site: Site) -> None:
    body = "&".join(f"f{n}=1" for n in range(100))
    assert site.client("10.77.0.101").post("/v1/phone-home", content=body).status_code == 400


def test_bytes_that_are_no_form_are_gone(site: Site) -> None:
    for body in (b"", b"\xff\xfe\x00", b"install", b"=&=&="):
        assert site.client("10.77.0.101").post("/v1/phone-home", content=body).status_code == 410


def test_what_it_reports_is_bounded_and_visible_on_the_timeline(site: Site) -> None:
    robot = Robot(site).reach(State.FIRST_BOOT)
    robot.phones_home(hostname="h\x1b[2J\n" * 5000, addresses="a" * 9000)
    values = site.log()[-1].values
    assert max(len(str(value)) for value in values.values()) <= 200
    assert site.log()[-1].text.isprintable()
