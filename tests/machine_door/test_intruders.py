"""A second machine that goes by the name of one that is being installed: it idles, the install goes on, both are told."""

from __future__ import annotations

import pytest

from rackwright.values.install import State
from tests.robot import Robot
from tests.story import Site, mac_of

OWN = "4c4c4544-0031-3210-8044-b7c04f4d3257"
OTHERS = "4c4c4544-0031-3210-8044-b7c04f4d3299"


class Clone(Robot):
    """The same serial, another board and another port."""

    def facts(self, **given: object) -> dict[str, object]:
        mine = {"nics": [{"name": "eth0", "mac": mac_of(9), "link": True}], "boot_mac": mac_of(9), "uuid": OTHERS}
        return super().facts(**(mine | given))

    def asks_to_boot(self, **query: str) -> str:
        return super().asks_to_boot(mac=mac_of(9).replace(":", "-"), uuid=OTHERS, **query)


@pytest.fixture
def proven(any_site: Site) -> Site:
    """web01's BMC states the GUID of its board."""
    any_site.bmc().guid = OWN
    return any_site


def clone(site: Site) -> Clone:
    return Clone(site, serial="SN0001", address="10.77.0.199")


def test_a_clone_that_comes_first_does_not_take_the_place_of_the_right_one(proven: Site) -> None:
    right = Robot(proven)
    right.again(State.INSPECTING)
    intruder = clone(proven)
    answer = intruder.joins()
    assert (answer["token"], answer["order"]["act"]) == ("", "idle")
    assert proven.state() is State.INSPECTING
    right.joins(uuid=OWN)
    assert proven.state() is State.WAITING
    assert "intruder_joined" in proven.kinds()


@pytest.mark.parametrize("state", [State.WAITING, State.GRANTED, State.INSTALLING])
def test_one_that_comes_later_moves_nothing_and_both_are_on_the_timeline(proven: Site, state: State) -> None:
    right = Robot(proven)
    right.again(State.INSPECTING)
    right.joins(uuid=OWN)
    for step in (State.GRANTED, State.INSTALLING):
        if proven.state() is not state:
            right.go_on_to(step)
    with proven.nothing_moves():
        intruder = clone(proven)
        intruder.asks_to_boot()
        intruder.joins()
        assert intruder.polls()["act"] == "idle"
        assert not intruder.claims().json().get("granted")
    told = proven.kinds()
    assert "boot_of_another" in told
    assert "intruder_joined" in told or "stranger_joined" in told


def test_the_boot_of_another_board_does_not_stop_a_write(proven: Site) -> None:
    right = Robot(proven)
    right.again(State.INSPECTING)
    right.joins(uuid=OWN)
    right.go_on_to(State.GRANTED)
    right.go_on_to(State.INSTALLING)
    clone(proven).asks_to_boot()
    assert proven.state() is State.INSTALLING
    right.hands_over()
    assert proven.state() is State.FIRST_BOOT


def test_its_polls_do_not_hide_that_the_right_one_is_silent(proven: Site) -> None:
    right = Robot(proven)
    right.again(State.INSPECTING)
    right.joins(uuid=OWN)
    right.go_on_to(State.GRANTED)
    intruder = clone(proven)
    intruder.joins()
    for _ in range(20):
        intruder.polls()
        proven.tick(10)
    assert proven.state() in (State.WAITING, State.FAILED)


def test_a_typing_error_in_the_register_is_a_question_and_no_intruder(proven: Site) -> None:
    """The board is the one that was switched on: its ports are not what somebody wrote."""
    right = Clone(proven, serial="SN0001")
    Robot(proven).again(State.INSPECTING)
    right.joins(uuid=OWN)
    assert proven.state() is State.HELD
    assert proven.install().cause["key"] == "wrong_mac"


def test_the_right_names_on_another_board_than_was_switched_on_are_a_question(proven: Site) -> None:
    proven.bmc().fru_serial = ""  # so that the GUID is all there is
    right = Robot(proven)
    right.again(State.INSPECTING)
    right.joins(uuid=OTHERS)
    assert proven.state() is State.HELD
    assert proven.install().cause["key"] == "another_machine_joined"
    assert "bmc_unproven" in proven.view().next
