"""The reconciler under a clock that is moved by hand: what is overdue, what starts again, what never counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from rackwright.decide.lifecycle import STAGES
from rackwright.store.store import Store
from rackwright.values.install import State
from rackwright.work.reconciler import Reconciler
from tests.robot import Robot
from tests.story import Site

FAILS = {
    State.INSPECTING: "agent_silent",
    State.GRANTED: "never_claimed",
    State.FIRST_BOOT: "never_phoned_home",
}
PATIENT = (State.WAITING, State.HELD)


@pytest.mark.parametrize(("state", "cause"), FAILS.items())
def test_a_state_ends_at_its_deadline_and_not_before(site: Site, state: State, cause: str) -> None:
    robot = Robot(site).reach(state)
    limit_s = STAGES[state].limit_s
    for _ in range(limit_s // 60 - 1):
        site.wait(60)
        if state is State.GRANTED:
            robot.polls()  # it lives, and that alone is not enough
    site.wait(59)
    assert site.state() is state
    site.tick(2)
    assert site.state() is State.FAILED
    assert site.install().cause["key"] == cause
    assert site.view().next


@pytest.mark.parametrize("state", PATIENT)
def test_a_state_without_a_limit_waits_for_hours(sqlite_store: Store, tmp_path: Path, state: State) -> None:
    site = Site(sqlite_store, tmp_path)
    site.set_limit("site", "writes", 0)
    site.register()
    site.arm()
    robot = Robot(site).reach(state)
    for _ in range(60):
        site.wait(60)
        robot.polls()
    assert site.state() is state


def test_writing_that_goes_on_fails_only_at_its_limit(site: Site) -> None:
    robot = Robot(site).reach(State.INSTALLING)
    for done in range(90 * 60 // 300):
        robot.polls(done_bytes=done, total_bytes=1000)
        site.wait(300)
    assert site.state() is State.FAILED
    assert site.install().cause["key"] == "write_too_slow"


def test_writing_that_stands_still_fails_and_says_so(site: Site) -> None:
    robot = Robot(site).reach(State.INSTALLING)
    for _ in range(2):
        robot.polls(done_bytes=5, total_bytes=10)
        site.wait(site.context.settings.stall_s / 2 - 10)
    assert site.state() is State.INSTALLING
    robot.polls(done_bytes=5, total_bytes=10)
    site.wait(40)
    assert site.install().cause["key"] == "write_stalled"
    assert "/ramos/" in robot.asks_to_boot()


def test_polls_that_say_nothing_new_do_not_keep_a_writer_alive(site: Site) -> None:
    robot = Robot(site).reach(State.INSTALLING)
    for _ in range(70):
        robot.polls(done_bytes=5, total_bytes=10)
        site.wait(10)
    assert site.install().cause["key"] == "write_stalled"


def test_a_start_without_a_boot_request_is_tried_twice_more_and_then_fails(site: Site) -> None:
    seen: list[int] = []
    for _ in range(3):
        site.tick()
        assert site.state() is State.STARTING
        assert site.power() == 1
        seen.append(site.install().tries)
        site.wait(STAGES[State.STARTING].limit_s)
    assert seen == [0, 1, 2]
    assert site.state() is State.FAILED
    assert site.install().cause["key"] == "never_netbooted"
    assert site.kinds().count("powered_on") == 3
    assert site.kinds().count("install_start_again") == 2


def test_one_whose_bmc_nobody_may_touch_is_not_said_to_have_been_powered_on(site: Site) -> None:
    for _ in range(3):
        site.tick()
        assert site.state() is State.STARTING
        site.wait(STAGES[State.STARTING].limit_s)
    assert (site.state(), site.install().cause["key"]) == (State.FAILED, "never_powered_on")
    assert "not done" in site.view().text
    assert "未能完成开机" in site.view(language="zh").text


def test_each_start_turns_the_guess_of_the_firmware_round(site: Site) -> None:
    site.tick()
    site.power()
    site.wait(STAGES[State.STARTING].limit_s + 2)
    site.power()
    booted = site.rack.rack["10.77.1.1"].booted
    assert [one.value for one in booted if one] == ["uefi", "bios"]


def test_nothing_after_the_claim_starts_again_by_itself(site: Site) -> None:
    Robot(site).reach(State.INSTALLING)
    site.wait(2 * 3600)
    assert site.state() is State.FAILED
    assert site.power() == 0
    assert site.kinds().count("powered_on") == 1


@pytest.mark.parametrize("state", [*FAILS, State.STARTING, State.INSTALLING])
def test_time_in_which_the_server_was_down_is_nobodys_fault(site: Site, state: State) -> None:
    Robot(site).reach(state)
    with_outage = site.install()
    site.clock.go(5 * 3600)
    site.tick(0)
    site.tick()
    found = site.install()
    assert (found.state, found.version) == (with_outage.state, with_outage.version)
    assert found.deadline >= with_outage.deadline + 5 * 3600 * 1_000_000


def test_a_new_server_process_shifts_deadlines_by_the_time_nobody_looked(site: Site) -> None:
    robot = Robot(site).reach(State.GRANTED)
    deadline = site.install().deadline
    site.clock.go(3600)
    site.reconciler = Reconciler(site.store, site.context, site.clock)
    site.tick(0)
    assert site.install().deadline == deadline + 3600 * 1_000_000
    for _ in range(STAGES[State.GRANTED].limit_s // 60 + 1):
        robot.polls()
        site.wait(60)
    assert site.state() is State.FAILED


def test_a_clock_set_back_moves_deadlines_back_with_it(site: Site) -> None:
    Robot(site).reach(State.GRANTED)
    deadline = site.install().deadline
    site.tick(-3600)
    assert site.install().deadline == deadline - 3600 * 1_000_000
    assert site.state() is State.GRANTED


def test_an_install_armed_after_the_clock_was_set_back_is_the_live_one(site: Site) -> None:
    Robot(site).reach(State.CANCELLED)
    site.tick(-3600)
    site.arm()
    assert site.state() is State.QUEUED
    assert site.arm() == []


def test_a_writer_is_given_time_to_show_itself_after_an_outage(site: Site) -> None:
    robot = Robot(site).reach(State.INSTALLING)
    robot.polls(done_bytes=5, total_bytes=10)
    site.tick()
    site.clock.go(4 * 3600)
    site.wait(site.context.settings.stall_s - 20)
    assert site.state() is State.INSTALLING
    site.wait(60)
    assert site.install().cause["key"] == "write_stalled"


def test_a_writer_does_not_stall_while_no_machine_door_hears_it(site: Site) -> None:
    Robot(site).reach(State.INSTALLING)
    for _ in range(2 * site.context.settings.stall_s // 10):
        site.clock.go(10)
        site.reconciler.tick()
    assert site.state() is State.INSTALLING


def test_ticking_twice_in_the_same_instant_changes_nothing(site: Site) -> None:
    Robot(site).reach(State.STARTING)
    with site.nothing_moves():
        site.tick(0)
        site.tick(0)


def test_a_silence_says_what_was_last_seen(site: Site) -> None:
    Robot(site).reach(State.INSPECTING)
    site.wait(STAGES[State.INSPECTING].limit_s + 1)
    assert "Last seen: its boot request, 60" in site.view().text


def test_a_machine_never_seen_since_its_power_on_says_so(site: Site) -> None:
    for _ in range(3):
        site.tick()
        site.power()
        site.wait(STAGES[State.STARTING].limit_s)
    assert "Nothing was seen of it since its power-on" in site.view().text
