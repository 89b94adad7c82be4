"""An arming that came to nothing ends by itself, and says so; one that is under way or has claimed does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from rackwright.store.store import Store
from rackwright.values.install import State
from tests.robot import Robot
from tests.story import Site

AN_HOUR_S = 3700


@pytest.fixture
def hasty(sqlite_store: Store, tmp_path: Path) -> Site:
    """Armings end after an hour; one machine starts and one writes at a time."""
    made = Site(sqlite_store, tmp_path, arming_expires_h=1, limits={"starts": 1, "writes": 1})
    for number in (1, 2):
        made.register(number)
        made.arm(f"web{number:02}")
    return made


def test_what_was_never_started_is_cancelled_in_the_end(hasty: Site) -> None:
    hasty.tick()
    assert hasty.state("web02") is State.QUEUED
    hasty.wait(AN_HOUR_S)
    assert hasty.state("web02") is State.CANCELLED
    assert hasty.install("web02").cause == {"key": "expired", "hours": 1, "state": "queued"}
    assert "has expired after 1 h" in hasty.view("web02").text
    assert hasty.kinds("web02")[-1] == "install_expired"


def test_so_is_one_that_is_held_untouched_and_its_agent_stops(hasty: Site) -> None:
    robot = Robot(hasty).reach(State.HELD)
    hasty.wait(AN_HOUR_S)
    assert hasty.state() is State.CANCELLED
    assert robot.polls()["act"] == "stop"
    assert "/ramos/" not in robot.asks_to_boot()


@pytest.mark.parametrize("state", [State.INSTALLING, State.FIRST_BOOT])
def test_one_that_claimed_its_disk_is_not_cancelled(hasty: Site, state: State) -> None:
    Robot(hasty).reach(state)
    hasty.wait(AN_HOUR_S)
    assert hasty.install().cause.get("key") != "expired"


def test_one_that_an_earlier_attempt_has_written_says_so(hasty: Site) -> None:
    Robot(hasty).reach(State.FAILED)
    hasty.set_limit("site", "starts", 0)
    hasty.arm("web01", retry=True)
    hasty.wait(AN_HOUR_S)
    assert hasty.state() is State.CANCELLED
    for language, said in (("en", "partly written the disk"), ("zh", "一部分")):
        assert said in hasty.view(language=language).text


def test_a_retry_is_a_new_arming(hasty: Site) -> None:
    Robot(hasty).reach(State.HELD)
    hasty.wait(AN_HOUR_S / 2)
    hasty.arm("web01", retry=True)
    hasty.wait(AN_HOUR_S * 0.7)
    assert hasty.install().cause.get("key") != "expired"


def test_without_a_limit_an_arming_lasts(sqlite_store: Store, tmp_path: Path) -> None:
    patient = Site(sqlite_store, tmp_path, arming_expires_h=0)
    patient.register()
    patient.arm()
    assert patient.install().expires_at == 0


def test_time_in_which_the_server_did_not_look_does_not_count(hasty: Site) -> None:
    hasty.tick()
    hasty.clock.go(2 * AN_HOUR_S)
    hasty.tick()
    assert hasty.state("web02") is State.QUEUED
