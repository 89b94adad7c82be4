"""A held machine that idles in the RAM OS goes on from there when it is retried; anything less sure is powered."""

from __future__ import annotations

from rackwright.settings import ProfileSettings
from rackwright.store import machines
from rackwright.values.install import State
from tests.robot import Robot
from tests.story import Site, machine_with


def put_right(site: Site) -> None:
    """The register now says what the machine reports, and the install is retried."""
    site.store.write(lambda tx: machines.put(tx, machine_with(site.machine(), serial="OTHER")))
    site.bmc().fru_serial = "OTHER"
    assert len(site.arm(retry=True)) == 1


def test_an_idle_machine_goes_on_without_a_power_act(site: Site) -> None:
    robot = Robot(site).reach(State.HELD)
    robot.polls()
    put_right(site)
    site.tick()
    assert site.power() == 1
    assert site.kinds()[-1] == "already_idle"
    assert site.kinds().count("powered_on") == 1
    assert robot.polls()["act"] == "inspect"
    robot.joins()
    assert site.state() is State.WAITING
    for state in (State.GRANTED, State.INSTALLING, State.FIRST_BOOT, State.DONE):
        robot.go_on_to(state)
    assert site.state() is State.DONE


def test_a_machine_that_fell_silent_is_powered(site: Site) -> None:
    Robot(site).reach(State.HELD).polls()
    site.tick(31)
    put_right(site)
    site.tick()
    site.power()
    assert site.kinds().count("powered_on") == 2


def test_an_idle_machine_that_does_not_go_on_is_powered_at_the_next_start(site: Site) -> None:
    robot = Robot(site).reach(State.HELD)
    robot.polls()
    put_right(site)
    site.tick()
    site.power()
    for _ in range(190):
        robot.polls()
        site.wait(10)
    site.power()
    assert site.kinds().count("powered_on") == 2


def test_after_a_claim_a_retry_is_always_powered(site: Site) -> None:
    robot = Robot(site).reach(State.FAILED)
    robot.polls()
    site.arm(retry=True)
    site.tick()
    site.power()
    assert site.kinds().count("powered_on") == 2


def test_one_that_failed_before_its_claim_goes_on_too(site: Site) -> None:
    """An agent that is told to stop obeys nothing until it reboots, so it must not have been told."""
    site.context.settings.profile["default"] = ProfileSettings(first_boot=str(site.directory / "gone.sh"))
    robot = Robot(site).reach(State.GRANTED)
    assert robot.claims().json()["granted"] is False
    assert (site.state(), robot.polls()["act"]) == (State.FAILED, "idle")
    (site.directory / "gone.sh").write_text("true\n")
    assert len(site.arm(retry=True)) == 1
    site.tick()
    site.power()
    assert site.kinds()[-1] == "already_idle"
    for state in (State.WAITING, State.GRANTED, State.INSTALLING):
        robot.go_on_to(state)
    assert site.state() is State.INSTALLING
