"""The same message from several threads at once: one of them does it, all get its answer, nobody crashes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from httpx2 import Response

from rackwright.values.install import State
from tests.robot import Robot
from tests.story import Site

AT_ONCE = 6


def all_at_once(send: Callable[[], Response]) -> list[Response]:
    """Each as a machine would: what is answered with "try again" is sent again."""

    def until_answered(_: int) -> Response:
        for _ in range(20):
            answer = send()
            if answer.status_code != 503:
                return answer
        raise AssertionError("never answered")

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(until_answered, range(AT_ONCE)))


def test_a_claim(any_site: Site) -> None:
    robot = Robot(any_site).reach(State.GRANTED)
    answers = all_at_once(robot.claims)
    assert {answer.json()["granted"] for answer in answers} == {True}
    assert any_site.kinds().count("install_claimed") == 1


def test_a_boot_request(any_site: Site) -> None:
    robot = Robot(any_site).reach(State.STARTING)
    any_site.power()
    answers = all_at_once(lambda: any_site.client(robot.address).get("/v1/boot?mac=52:54:00:00:00:01"))
    assert {answer.status_code for answer in answers} == {200}
    assert any_site.kinds().count("install_booted") == 1


def test_a_join(any_site: Site) -> None:
    robot = Robot(any_site).reach(State.INSPECTING)
    message = {"protocol": 1, "boot_id": robot.boot_id, "facts": robot.facts()}
    answers = all_at_once(lambda: robot.post("/v1/join", message))
    assert len({answer.json()["token"] for answer in answers}) == 1
    assert any_site.kinds().count("agent_joined") == 1


def test_a_join_of_a_machine_that_nobody_knows(any_site: Site) -> None:
    robot = Robot(any_site, number=9)
    message = {"protocol": 1, "boot_id": robot.boot_id, "facts": robot.facts()}
    answers = all_at_once(lambda: robot.post("/v1/join", message))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["session"] for answer in answers}) == 1


def test_events(any_site: Site) -> None:
    robot = Robot(any_site).reach(State.INSTALLING)
    event = {"seq": 1, "kind": "step_started", "values": {"step": "a"}}
    answers = all_at_once(lambda: robot.sends(event))
    assert {answer.json()["accepted_seq"] for answer in answers} == {1}
    assert any_site.kinds().count("agent_step_started") == 1


def test_a_phone_home(any_site: Site) -> None:
    robot = Robot(any_site).reach(State.FIRST_BOOT)
    answers = all_at_once(robot.phones_home)
    assert {answer.text for answer in answers} == {"ok\n"}
    assert any_site.kinds().count("install_phoned_home") == 1
