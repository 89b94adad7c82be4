"""Cancelling in every state, and retrying what is held or failed."""

from __future__ import annotations

import pytest

from rackwright.decide.lifecycle import STAGES
from rackwright.store import machines
from rackwright.values.errors import NotFound, OperatorMustFix
from rackwright.values.install import State
from rackwright.values.machine import Protection
from tests.robot import DISK, Robot
from tests.story import Site, machine_with

LIVE = [state for state in State if STAGES[state].live]
UNTOUCHED = (State.QUEUED, State.STARTING, State.INSPECTING, State.WAITING, State.GRANTED, State.HELD)


@pytest.mark.parametrize("state", LIVE)
def test_a_cancelled_install_stops_its_machine(site: Site, state: State) -> None:
    robot = Robot(site).reach(state)
    site.cancel(reason="wrong rack")
    found = site.install()
    assert (found.state, found.live) == (State.CANCELLED, False)
    assert site.kinds()[-1] == "install_cancelled"
    assert "wrong rack" in site.view().text
    if robot.session:
        assert robot.polls()["act"] == "stop"
    assert robot.phones_home().status_code == 410
    assert site.state() is State.CANCELLED


@pytest.mark.parametrize("state", LIVE)
def test_a_cancelled_install_says_whether_the_disk_was_touched(site: Site, state: State) -> None:
    Robot(site).reach(state)
    cause = site.cancel().cause["key"]
    expected = {State.INSTALLING: "cancelled_written", State.FIRST_BOOT: "cancelled_unproven"}
    assert cause == expected.get(state, "cancelled")


@pytest.mark.parametrize("state", [*UNTOUCHED, State.INSTALLING])
def test_a_cancelled_machine_boots_its_disk_unless_that_is_half_written(site: Site, state: State) -> None:
    robot = Robot(site).reach(state)
    site.cancel()
    assert ("/ramos/" in robot.asks_to_boot()) is (state is State.INSTALLING)


def test_a_cancelled_claim_cannot_be_used(site: Site) -> None:
    robot = Robot(site).reach(State.GRANTED)
    order = robot.polls()
    site.cancel()
    assert robot.claims(disks=[order["disk"]]).json()["granted"] is False
    assert site.state() is State.CANCELLED


def test_cancelling_twice_is_refused_with_its_reason(site: Site) -> None:
    site.cancel()
    with pytest.raises(OperatorMustFix, match="nothing_to_cancel"):
        site.cancel()
    with pytest.raises(NotFound, match="machine_unknown"):
        site.cancel("web99")


def test_a_cancelled_machine_can_be_armed_again(site: Site) -> None:
    Robot(site).reach(State.INSTALLING)
    site.cancel()
    site.clock.go(1)
    assert len(site.arm()) == 1
    assert site.state() is State.QUEUED


def test_a_held_install_is_retried_after_the_register_was_put_right(site: Site) -> None:
    robot = Robot(site).reach(State.HELD)
    assert site.view().text == "Wrong SN: the machine reports OTHER, the register says SN0001"
    assert "machines set web01 serial=OTHER" in site.view().next
    site.store.write(lambda tx: machines.put(tx, machine_with(site.machine(), serial="OTHER")))
    site.bmc().fru_serial = "OTHER"
    assert len(site.arm(retry=True)) == 1
    assert site.install().attempt == 2
    robot.reboots().reach(State.DONE)


def test_a_held_machine_that_reboots_still_says_why(site: Site) -> None:
    robot = Robot(site).reach(State.HELD).reboots()
    assert "/ramos/" in robot.asks_to_boot()
    said = robot.joins()
    assert (said["token"], said["order"]["act"]) == ("", "idle")
    assert "Wrong SN" in said["order"]["text"]


def test_a_failed_install_is_retried_as_a_new_attempt_with_a_claim_of_its_own(site: Site) -> None:
    first = Robot(site).reach(State.FAILED)
    old = {"install": site.install().id, "token": site.context.first_boot_token(site.install().id, 1)}
    site.arm(retry=True, reason="new disk")
    assert (site.install().attempt, site.install().claimed, site.install().tries) == (2, False, 0)
    second = first.reboots().reach(State.INSTALLING)
    assert first.claims(attempt=1).json()["granted"] is False
    assert second.phones_home(**old).status_code == 410
    assert second.polls()["act"] == "continue"


def test_an_agent_that_still_writes_for_the_last_attempt_is_told_to_stop(site: Site) -> None:
    robot = Robot(site).reach(State.INSTALLING)
    site.wait(site.context.settings.stall_s + 20)
    assert site.state() is State.FAILED
    site.arm(retry=True)
    assert robot.polls()["act"] == "stop"
    robot.hands_over()
    assert site.state() is State.QUEUED


def test_a_retry_is_refused_where_nothing_is_held_or_failed(site: Site) -> None:
    assert site.arm(retry=True) == []
    assert site.state() is State.QUEUED


def test_a_retry_takes_the_image_that_the_register_names_now(site: Site) -> None:
    Robot(site).reach(State.HELD)
    site.store.write(lambda tx: machines.put(tx, machine_with(site.machine(), os="nothing-here")))
    assert site.arm(retry=True) == []


def test_a_machine_put_into_service_since_it_failed_is_not_retried_without_a_reason(site: Site) -> None:
    Robot(site).reach(State.FAILED)
    service = site.machine().service.IN_SERVICE
    site.store.write(lambda tx: machines.put(tx, machine_with(site.machine(), service=service)))
    assert site.arm(retry=True) == []
    assert len(site.arm(retry=True, reinstall=True, reason="it is ours")) == 1


def test_a_machine_protected_after_it_was_armed_is_not_written(site: Site) -> None:
    robot = Robot(site).reach(State.GRANTED)
    site.store.write(
        lambda tx: machines.put(tx, machine_with(site.machine(), protection=Protection("ann", "runs payroll", 1)))
    )
    answer = robot.claims().json()
    assert answer["granted"] is False
    assert "Protected by ann" in answer["text"]
    assert (site.state(), site.install().claimed) == (State.FAILED, False)
    assert robot.polls()["act"] == "idle"


def test_a_first_boot_script_that_cannot_be_read_fails_before_the_disk_is_touched(site: Site) -> None:
    from rackwright.settings import ProfileSettings

    robot = Robot(site).reach(State.GRANTED)
    site.context.settings.profile["default"] = ProfileSettings(first_boot=str(site.directory / "gone.sh"))
    assert robot.claims().json()["granted"] is False
    assert site.install().cause["key"] == "first_boot_script_unreadable"
    assert "gone.sh" in site.view().text


@pytest.mark.parametrize(
    ("disks", "cause"),
    [
        ((), "no_disk_matches"),
        ((DISK, DISK | {"device": "/dev/vdb", "serial": "DISK0002"}), "several_disks_match"),
        ((DISK | {"size_bytes": 4096},), "disk_too_small"),
        ((DISK | {"logical_sector_bytes": 4096},), "wrong_sector_size"),
        ((DISK | {"transport": "iscsi"},), "no_disk_matches"),
        ((DISK | {"serial": "", "wwn": "", "path": ""},), "disk_without_name"),
        ((DISK | {"serial": "a\0b"},), "disk_without_name"),
        ((DISK | {"path": "p" * 5000},), "disk_without_name"),
    ],
    ids=["none", "two", "too small", "other sectors", "a SAN disk", "nameless", "unprintable", "endless"],
)
def test_anything_but_one_fitting_disk_is_a_question_for_a_person(
    site: Site, disks: tuple[dict[str, object], ...], cause: str
) -> None:
    robot = Robot(site, disks=disks).reach(State.INSPECTING)
    assert robot.joins()["order"]["act"] == "idle"
    assert (site.state(), site.install().cause["key"]) == (State.HELD, cause)
    assert not site.view().text.startswith("cause_")
    assert not site.view(language="zh").text.startswith("cause_")


def test_cancelling_a_second_attempt_remembers_that_the_first_may_have_written(site: Site) -> None:
    Robot(site).reach(State.INSTALLING)
    site.wait(site.context.settings.stall_s + 20)
    site.arm(retry=True)
    assert site.cancel().cause["key"] == "cancelled_written"
