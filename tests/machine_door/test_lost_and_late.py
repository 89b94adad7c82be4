"""Replies that get lost, events in the wrong order, machines that boot when nobody expects it."""

from __future__ import annotations

import pytest

from rackwright.decide.lifecycle import STAGES
from rackwright.values.install import State
from tests.robot import Robot
from tests.story import ON_THE_WAY, Site


def test_events_before_a_gap_are_taken_and_the_rest_when_they_come_again(site: Site) -> None:
    robot = Robot(site).reach(State.INSTALLING)
    one, two, four = ({"seq": n, "kind": "step_started", "values": {"step": f"s{n}"}} for n in (1, 2, 4))
    assert robot.sends(two, one, four).json()["accepted_seq"] == 2
    three = {"seq": 3, "kind": "step_started", "values": {"step": "s3"}}
    assert robot.sends(four, three).json()["accepted_seq"] == 4
    steps = [line.values["step"] for line in site.log() if line.kind == "agent_step_started"]
    assert steps == ["s1", "s2", "s3", "s4"]


def test_an_event_sent_again_with_another_content_changes_nothing(site: Site) -> None:
    robot = Robot(site).reach(State.INSTALLING)
    robot.sends({"seq": 1, "kind": "step_started", "values": {"step": "true"}})
    with site.nothing_moves():
        assert robot.sends({"seq": 1, "kind": "install_failed", "values": {}}).json()["accepted_seq"] == 1
    assert site.kinds().count("agent_step_started") == 1
    assert "agent_install_failed" not in site.kinds()


def test_a_report_without_events_gets_the_order_and_the_last_accepted_seq(site: Site) -> None:
    robot = Robot(site).reach(State.INSTALLING)
    robot.reports("step_started", step="a")
    assert robot.sends().json()["accepted_seq"] == 1


def test_a_hundred_events_of_a_report_are_taken_and_the_rest_come_again(site: Site) -> None:
    robot = Robot(site).reach(State.INSTALLING)
    many = [{"seq": n, "kind": "noted"} for n in range(1, 151)]
    assert robot.sends(*many).json()["accepted_seq"] == 100
    assert robot.sends(*many).json()["accepted_seq"] == 150
    assert site.kinds().count("agent_noted") == 150


def test_a_kind_that_nobody_knows_is_kept_as_a_note(site: Site) -> None:
    robot = Robot(site).reach(State.INSTALLING)
    with site.nothing_moves():
        robot.reports("install_phoned_home", hostname="x")
    assert site.kinds()[-1] == "agent_noted"


def test_a_claim_whose_reply_was_lost_gets_the_same_plan_again(site: Site) -> None:
    robot = Robot(site).reach(State.GRANTED)
    first = robot.claims().json()
    assert first["granted"]
    with site.nothing_moves():
        assert robot.claims().json() == first
    assert site.kinds().count("install_claimed") == 1


def test_a_join_whose_reply_was_lost_gets_the_same_session_and_token(site: Site) -> None:
    robot = Robot(site).reach(State.WAITING)
    first = robot.session, robot.token
    with site.nothing_moves():
        robot.joins()
    assert (robot.session, robot.token) == first
    assert site.kinds().count("agent_joined") == 1


def test_a_boot_request_whose_record_was_lost_is_proved_by_the_join(site: Site) -> None:
    robot = Robot(site).reach(State.STARTING)
    site.power()
    assert robot.joins()["order"]["act"] == "wait"
    assert site.state() is State.WAITING


def test_a_join_before_the_power_on_is_verified_gets_nothing(site: Site) -> None:
    robot = Robot(site).reach(State.STARTING)
    said = robot.joins()
    assert (said["token"], said["order"]["act"]) == ("", "idle")
    assert site.state() is State.STARTING


def test_a_join_that_was_too_early_is_asked_for_again_once_the_power_on_is_verified(site: Site) -> None:
    robot = Robot(site).reach(State.STARTING)
    robot.joins()
    assert robot.polls()["act"] == "idle"
    site.power()
    assert robot.polls()["act"] == "inspect"
    assert robot.joins()["order"]["act"] == "wait"


def test_a_boot_request_before_the_power_on_is_verified_proves_nothing(site: Site) -> None:
    robot = Robot(site).reach(State.STARTING)
    with site.nothing_moves():
        assert "/ramos/" in robot.asks_to_boot()


@pytest.mark.parametrize("state", [State.WAITING, State.GRANTED])
def test_a_reboot_before_the_claim_is_inspected_again_and_goes_on(site: Site, state: State) -> None:
    first = Robot(site).reach(state)
    second = first.reboots()
    assert "/ramos/" in second.asks_to_boot()
    assert site.state() is State.INSPECTING
    assert second.joins()["order"]["act"] == "wait"
    assert first.polls()["act"] == "stop"
    assert first.claims().json()["granted"] is False
    site.tick()
    assert second.claims().json()["granted"] is True


def test_a_boot_that_only_seemed_to_come_lets_the_live_one_report_again(site: Site) -> None:
    """Somebody asked for this machine's boot script; the machine itself never rebooted."""
    robot = Robot(site).reach(State.WAITING)
    Robot(site, address="10.77.0.250").asks_to_boot()
    assert site.state() is State.INSPECTING
    assert robot.polls()["act"] == "inspect"
    assert robot.joins()["order"]["act"] == "wait"
    assert site.state() is State.WAITING


def test_a_second_boot_while_the_disk_is_written_is_held_and_gets_the_disk(site: Site) -> None:
    first = Robot(site).reach(State.INSTALLING)
    second = first.reboots()
    assert "sanboot" in second.asks_to_boot()
    assert site.state() is State.HELD
    assert site.install().cause["key"] == "rebooted_while_writing"
    assert "rebooted" in site.view().text
    assert first.polls()["act"] == "stop"
    said = second.joins()
    assert (said["token"], said["order"]["act"]) == ("", "idle")
    assert "stranger_joined" in site.kinds()


def test_a_second_ram_os_while_the_disk_is_written_idles_and_is_noted(site: Site) -> None:
    first = Robot(site).reach(State.INSTALLING)
    second = first.reboots()
    with site.nothing_moves():
        said = second.joins()
    assert (said["token"], said["order"]["act"]) == ("", "idle")
    assert site.kinds()[-1] == "stranger_joined"
    assert first.polls()["act"] == "continue"


@pytest.mark.parametrize("state", [s for s in State if not STAGES[s].live or s in ON_THE_WAY[2:]])
def test_what_arrives_again_in_a_later_state_moves_nothing(site: Site, state: State) -> None:
    robot = Robot(site).reach(state)
    boot_id, token = robot.boot_id, robot.token
    with site.nothing_moves():
        if state not in (State.INSPECTING, State.HELD):
            robot.joins()
            assert (robot.boot_id, robot.token) == (boot_id, token)
        if robot.session:
            robot.sends({"seq": 1, "kind": "step_started", "values": {}})


def test_what_the_agent_reports_after_it_was_cancelled_is_kept_and_moves_nothing(site: Site) -> None:
    robot = Robot(site).reach(State.INSTALLING)
    site.cancel()
    with site.nothing_moves():
        assert robot.hands_over()["act"] == "stop"
    assert "agent_handing_over" in site.kinds()
