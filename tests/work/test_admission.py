"""Who may start and who may write: never more than the limits, in the order of waiting."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from rackwright.settings import LimitSettings
from rackwright.store import installs
from rackwright.store.store import Store
from rackwright.values.errors import Transient
from rackwright.values.install import State
from rackwright.work.reconciler import Reconciler
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


def test_a_full_rack_holds_up_nobody_else(store: Store, tmp_path: Path) -> None:
    site = Site(store, tmp_path, limits=LimitSettings(power_per_rack=2))
    for number in range(1, MACHINES + 1):
        site.register(number, rack="A12" if number <= 4 else "B01")
        site.arm(f"web{number:02}")
        site.clock.go(1)
    site.tick()
    assert in_state(site, State.STARTING) == [1, 2, 5, 6]
    assert site.view("web03").text.endswith("1st of 3, the limit of 2 of rack A12 is reached")
    site.power()
    Robot(site, number=1).asks_to_boot()  # it is on: the next of its rack may follow
    site.tick()
    assert in_state(site, State.STARTING) == [2, 3, 5, 6]


def test_a_long_line_behind_a_full_rack_is_passed(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The batch is smaller than the rack's line: those behind it start in the same look."""
    monkeypatch.setattr("rackwright.work.admission.BATCH", 2)
    site = Site(store, tmp_path, limits=LimitSettings(power_per_rack=1))
    for number in range(1, MACHINES + 1):
        site.register(number, rack="A12" if number <= 5 else f"B{number}")
        site.arm(f"web{number:02}")
        site.clock.go(1)
    site.tick()
    assert in_state(site, State.STARTING) == [1, 6, 7]


def test_a_network_starts_no_more_than_it_has_addresses(busy: Site) -> None:
    busy.set_limit("network:lab", "starts", 1)
    busy.tick()
    assert in_state(busy, State.STARTING) == [1]
    assert busy.install("web01").network == "lab"
    assert busy.view("web02").text.endswith("1st of 6, the limit of 1 of network lab is reached")


def test_a_limit_is_changed_while_everything_runs(busy: Site) -> None:
    busy.tick()
    busy.set_limit("site", "starts", 5)
    busy.tick()
    assert in_state(busy, State.STARTING) == [1, 2, 3, 4, 5]
    busy.set_limit("site", "starts", 1)
    busy.tick()
    assert in_state(busy, State.STARTING) == [1, 2, 3, 4, 5]  # nobody who already goes on is stopped
    for number in (1, 2, 3, 4):
        busy.cancel(f"web{number:02}")
    busy.tick()
    assert in_state(busy, State.STARTING) == [5]
    busy.cancel("web05")
    busy.tick()
    assert in_state(busy, State.STARTING) == [6]


def test_a_limit_of_zero_stops_and_says_so(busy: Site) -> None:
    busy.set_limit("site", "starts", 0)
    busy.tick()
    assert in_state(busy, State.STARTING) == []
    assert busy.view("web01").text.endswith("1st of 7, the site's limit is 0: nothing goes on until it is raised")
    busy.set_limit("site", "starts", 2)
    busy.tick()
    assert in_state(busy, State.STARTING) == [1, 2]


def test_slots_can_be_stopped_too(busy: Site) -> None:
    busy.set_limit("site", "writes", 0)
    robot = Robot(busy).reach(State.WAITING)
    busy.tick()
    assert busy.state() is State.WAITING
    assert robot.polls()["text"].endswith("1st of 1, the site's limit is 0: nothing goes on until it is raised")


def test_two_reconcilers_at_once_never_give_out_more_than_the_limit(database_url: str, tmp_path: Path) -> None:
    stores = [Store(database_url), Store(database_url)]
    site = armed(stores[0], tmp_path, starts=3)
    site.tick()
    for number in in_state(site, State.STARTING):
        site.cancel(f"web{number:02}")
    both = [Reconciler(store, site.context, site.clock) for store in stores]
    together = Barrier(2)

    def look(one: Reconciler) -> None:
        together.wait(30)
        for _ in range(5):
            try:
                one.tick()
            except Transient:
                continue

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(look, one) for one in both]:
            done.result(60)
    assert in_state(site, State.STARTING) == [4, 5, 6]
    assert [site.kinds(f"web{n:02}").count("install_permitted") for n in (4, 5, 6, 7)] == [1, 1, 1, 0]
    for store in stores:
        store.close()


def test_who_waits_learns_about_how_long_once_others_were_through(store: Store, tmp_path: Path) -> None:
    site = Site(store, tmp_path, limits=LimitSettings(starts=1, writes=1))
    for number in range(1, 5):
        site.register(number)
        site.arm(f"web{number:02}")
        site.clock.go(1)
    robot = Robot(site)
    site.tick()
    assert "about" not in site.view("web04").text
    site.power()
    site.wait(110)
    robot.asks_to_boot()
    site.wait(10)
    robot.joins()
    site.wait(60)
    second = site.view("web03").text
    assert second == "Waits for a start permit: 1st of 2, the site's limit of 1 is reached, about 2 min"
    assert site.view("web04", "zh").text == "等待启动许可：第 2 位，共 2 台，已达到站点上限 1，约 4 分钟"
