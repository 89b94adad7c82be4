"""Agents that stop polling: what they do not use goes to others, and nobody is called silent while nobody listened."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rackwright.settings import LimitSettings
from rackwright.store.store import Store
from rackwright.values.install import State
from rackwright.work.reconciler import Reconciler
from tests.robot import Robot
from tests.story import Site

LOST_S = 90
ENDS_S = 30 * 60


@pytest.fixture
def narrow(store: Store, tmp_path: Path) -> Site:
    """Two machines, of which one may write at a time."""
    site = Site(store, tmp_path, limits=LimitSettings(writes=1))
    for number in (1, 2):
        site.register(number)
        site.arm(f"web{number:02}")
        site.clock.go(1)
    return site


def both_ready(site: Site) -> tuple[Robot, Robot]:
    """The first has the slot, the second waits for it."""
    first, second = Robot(site, number=1), Robot(site, number=2)
    site.tick()
    site.power()
    for robot in (first, second):
        robot.asks_to_boot()
        robot.joins()
        site.clock.go(0.1)
    site.tick()
    assert (site.state("web01"), site.state("web02")) == (State.GRANTED, State.WAITING)
    return first, second


def passes(site: Site, seconds: int, *polling: Robot) -> None:
    for _ in range(seconds // 10):
        for robot in polling:
            robot.polls()
        site.tick(10)


def test_a_silent_machine_gives_its_slot_to_the_next(narrow: Site) -> None:
    _, second = both_ready(narrow)
    passes(narrow, LOST_S - 10, second)
    assert narrow.state("web01") is State.GRANTED
    passes(narrow, 20, second)
    assert (narrow.state("web01"), narrow.state("web02")) == (State.WAITING, State.GRANTED)
    assert narrow.install("web01").cause["key"] == "lost_contact"
    assert narrow.log("web01")[-1].text.startswith("Lost contact: Its agent was not heard for 9")
    assert "1st of 1, no contact for 101 s: it is passed over" in narrow.view("web01").text
    assert "没有联系" in narrow.view("web01", "zh").text


def test_a_silent_machine_is_passed_over_and_admitted_again_when_it_polls(narrow: Site) -> None:
    first, second = both_ready(narrow)
    passes(narrow, LOST_S + 10, second)
    assert second.claims().json()["granted"]
    second.hands_over()
    passes(narrow, 60)
    assert narrow.state("web01") is State.WAITING  # the slot is free, but nobody is there to use it
    assert first.polls()["act"] == "wait"
    narrow.tick()
    assert narrow.state("web01") is State.GRANTED
    assert first.claims().json()["granted"]


def test_a_machine_that_waits_and_is_gone_for_long_ends_with_its_cause(narrow: Site) -> None:
    first, second = both_ready(narrow)
    passes(narrow, ENDS_S - 60, first)
    assert narrow.state("web01") is State.FAILED  # it polled, but never claimed
    assert narrow.state("web02") is not State.FAILED
    second.polls()
    passes(narrow, ENDS_S + 60)
    assert narrow.state("web02") is State.FAILED
    assert narrow.install("web02").cause["key"] == "agent_lost"
    assert narrow.view("web02").next


def test_one_that_polls_waits_for_ever(narrow: Site) -> None:
    narrow.set_limit("site", "writes", 0)
    robot = Robot(narrow).reach(State.WAITING)
    for _ in range(100):
        passes(narrow, 60)
        robot.polls()
    assert narrow.state() is State.WAITING


@pytest.mark.parametrize("time", range(3))
def test_a_claim_and_a_lost_contact_in_the_same_moment_one_wins(store: Store, tmp_path: Path, time: int) -> None:
    site = Site(store, tmp_path)
    site.register()
    site.arm()
    robot = Robot(site).reach(State.GRANTED)
    order = robot.polls()
    passes(site, LOST_S)
    together = threading.Barrier(2)
    message = {
        "session": robot.session, "boot_id": robot.boot_id, "install": order["install"], "attempt": 1,
        "act": "image", "disks": [order["disk"]],
    }  # fmt: skip

    def claims() -> bool:
        together.wait(30)
        for _ in range(20):
            answer = robot.post("/v1/claim", message)
            if answer.status_code == 200:
                return answer.json()["granted"]
        raise AssertionError("never answered")

    with ThreadPoolExecutor(1) as pool:
        claiming = pool.submit(claims)
        together.wait(30)
        site.tick(10)
        granted = claiming.result(60)
    assert site.kinds().count("install_claimed") == granted
    assert site.kinds().count("install_lost_contact") == (not granted)
    assert site.state() is (State.INSTALLING if granted else State.WAITING)


def test_time_in_which_nobody_listened_is_no_silence(narrow: Site) -> None:
    both_ready(narrow)
    narrow.clock.go(5 * 3600)
    narrow.tick(0)
    passes(narrow, LOST_S - 10)
    assert narrow.state("web01") is State.GRANTED
    passes(narrow, 20)
    assert narrow.state("web01") is State.WAITING


def test_a_new_reconciler_listens_first(narrow: Site) -> None:
    both_ready(narrow)
    passes(narrow, LOST_S - 20)
    narrow.reconciler = Reconciler(narrow.store, narrow.context, narrow.clock)
    passes(narrow, LOST_S - 10)
    assert narrow.state("web01") is State.GRANTED
    assert "no contact" not in narrow.view("web02").text
    passes(narrow, 20)
    assert narrow.state("web01") is State.WAITING


def test_without_a_machine_door_nobody_is_silent(narrow: Site) -> None:
    """The reconciler runs, but the process that hears machines does not."""
    both_ready(narrow)
    narrow.set_limit("site", "writes", 0)
    for _ in range(ENDS_S // 10 + 30):
        narrow.clock.go(10)
        narrow.reconciler.tick()
    assert narrow.state("web02") is State.WAITING
    assert "no contact" not in narrow.view("web02").text
