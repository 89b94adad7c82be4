"""Who may start and who may write: never more than the limits, in the order of waiting."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from rackwright.settings import LimitSettings
from rackwright.store import installs
from rackwright.store.store import Store
from rackwright.values.install import State
from tests.builders import SITE
from tests.robot import Robot
from tests.story import Site

MACHINES = 7


@pytest.fixture
def busy(store: Store, tmp_path: Path) -> Site:
    """Seven armed machines; three may start and two may write at a time."""
    return armed(store, tmp_path, starts=3)


def armed(store: Store, directory: Path, starts: int) -> Site:
    site = Site(store, directory, limits=LimitSettings(starts=starts, writes=2))
    for number in range(1, MACHINES + 1):
        site.register(number)
        site.arm(f"web{number:02}")
        site.clock.go(1)
    return site


def counts(site: Site) -> Counter[State]:
    return Counter(site.store.read(lambda tx: installs.counts(tx, SITE)))


def in_state(site: Site, state: State) -> list[int]:
    return [n for n in range(1, MACHINES + 1) if site.state(f"web{n:02}") is state]


def test_the_longest_waiting_start_first_and_no_more_than_may(busy: Site) -> None:
    busy.tick()
    busy.tick()
    assert in_state(busy, State.STARTING) == [1, 2, 3]
    assert busy.view("web04").text == "Waits for a start permit: 1st of 4, the site's limit of 3 is reached"
    assert busy.view("web07").text == "Waits for a start permit: 4th of 4, the site's limit of 3 is reached"
    assert busy.view("web05", "zh").text == "等待启动许可：第 2 位，共 4 台，已达到站点上限 3"


def test_a_machine_ready_to_write_makes_room_for_the_next_start(busy: Site) -> None:
    busy.tick()
    busy.power()
    robot = Robot(busy, number=2)
    robot.asks_to_boot()
    assert in_state(busy, State.INSPECTING) == [2]
    busy.tick()
    assert in_state(busy, State.QUEUED) == [4, 5, 6, 7]
    robot.joins()
    busy.tick()
    assert in_state(busy, State.STARTING) == [1, 3, 4]


def test_the_limits_are_never_passed_until_all_are_done(busy: Site) -> None:
    robots = {n: Robot(busy, number=n) for n in range(1, MACHINES + 1)}
    claimed: list[int] = []
    for _ in range(40):
        busy.tick()
        now = counts(busy)
        assert now[State.STARTING] + now[State.INSPECTING] <= 3
        assert now[State.GRANTED] + now[State.INSTALLING] <= 2
        busy.power()
        for n, robot in robots.items():
            state = busy.state(f"web{n:02}")
            if state is State.STARTING:
                robot.asks_to_boot()
            elif state is State.INSPECTING:
                robot.joins()
            elif state is State.GRANTED:
                assert robot.claims().json()["granted"]
                claimed.append(n)
            elif state is State.INSTALLING:
                robot.hands_over()
            elif state is State.FIRST_BOOT:
                robot.phones_home()
    assert in_state(busy, State.DONE) == [1, 2, 3, 4, 5, 6, 7]
    assert claimed == [1, 2, 3, 4, 5, 6, 7]


def test_a_machine_that_waits_for_a_slot_sees_its_place(store: Store, tmp_path: Path) -> None:
    busy = armed(store, tmp_path, starts=MACHINES)
    robots = [Robot(busy, number=n) for n in range(1, 6)]
    busy.tick()
    busy.power()
    for robot in robots:
        robot.asks_to_boot()
        robot.joins()
        busy.clock.go(0.1)
    busy.tick()
    assert [robot.polls()["act"] for robot in robots] == ["claim", "claim", "wait", "wait", "wait"]
    assert [robot.polls()["text"] for robot in robots[2:]] == [
        f"Ready to write: {place} of 3, the site's limit of 2 is reached" for place in ("1st", "2nd", "3rd")
    ]


def test_a_machine_that_failed_gives_its_slot_to_the_next(busy: Site) -> None:
    robots = [Robot(busy, number=n) for n in (1, 2, 3)]
    busy.tick()
    busy.power()
    for robot in robots:
        robot.asks_to_boot()
        robot.joins()
    busy.tick()
    waiting = next(n for n in (1, 2, 3) if busy.state(f"web{n:02}") is State.WAITING)
    granted = next(n for n in (1, 2, 3) if busy.state(f"web{n:02}") is State.GRANTED)
    busy.cancel(f"web{granted:02}")
    busy.tick()
    assert busy.state(f"web{waiting:02}") is State.GRANTED
