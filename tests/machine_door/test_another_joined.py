"""Another machine goes by the name of one that is installed: what was seen of power and BMC tells them apart."""

from __future__ import annotations

import pytest

from rackwright.store import machines
from rackwright.values.install import State
from rackwright.values.machine import Bmc
from tests.robot import DISK, Robot
from tests.story import Site, machine_with

UUID, OTHER_UUID = "4c4c4544-0032-4410-804d-b7c04f313257", "11111111-2222-3333-4444-555555555556"
NIC = [{"name": "eth0", "mac": "52:54:00:00:00:77", "link": True}]


@pytest.fixture
def clone(site: Site) -> Robot:
    """Another machine with web01's serial; of web01 the register has no MAC to tell them apart."""
    site.store.write(lambda tx: machines.put(tx, machine_with(site.machine(), nics=())))
    return Robot(site, address="10.77.0.99", disks=({**DISK, "serial": "CLONE"},))


def held(site: Site) -> Robot:
    """The BMC of the register switched on one machine, and another one reports."""
    site.bmc().guid, site.bmc().fru_serial = OTHER_UUID, ""
    robot = Robot(site).reach(State.INSPECTING)
    robot.joins(uuid=UUID)
    assert (site.state(), site.install().cause["key"]) == (State.HELD, "another_machine_joined")
    return robot


def retried(site: Site) -> str:
    site.arm(retry=True)
    site.tick()
    site.power()
    return site.kinds()[-1]


def test_a_boot_that_outlived_the_power_off_is_another_machine_and_idles(site: Site, clone: Robot) -> None:
    real = Robot(site).reach(State.INSPECTING)
    real.joins(disks=[])
    clone.joins(nics=NIC)
    site.tick(31)  # the real one says nothing for so long that it is powered
    assert retried(site) == "powered_on"
    with site.nothing_moves():
        for _ in range(3):
            said = clone.joins(nics=NIC)
            assert said["token"] == ""
    assert site.kinds()[-1] == "outlived_power_off"
    assert site.kinds().count("outlived_power_off") == 1
    assert "another machine" in site.log()[-1].text
    assert "另一台机器" in site.log(language="zh")[-1].text
    again = real.reboots()
    again.asks_to_boot()
    clone.joins(nics=NIC)
    assert again.joins()["order"]["act"] == "wait"
    assert site.install().disk_serial == "DISK0001"


def test_a_retry_alone_is_no_answer_to_another_machine_having_joined(site: Site) -> None:
    robot = held(site)
    robot.polls()
    assert retried(site) == "install_differed"
    assert site.install().cause["key"] == "bmc_unproven"


def test_after_the_wrong_one_was_switched_off_the_same_is_found_again(site: Site) -> None:
    robot = held(site)
    robot.polls()
    site.bmc().on = False
    assert retried(site) == "powered_on"
    site.tick()
    robot = robot.reboots()
    robot.joins(uuid=UUID)
    assert site.install().cause["key"] == "another_machine_joined"


def test_a_machine_that_has_no_bmc_in_the_register_any_more_is_not_judged_by_the_old_one(site: Site) -> None:
    robot = held(site)
    site.store.write(lambda tx: machines.put(tx, machine_with(site.machine(), bmc=Bmc())))
    site.tick(31)
    assert retried(site) == "push_the_button"
    robot.joins(uuid=UUID)
    assert site.state() is State.WAITING
