"""From the claim on nobody knows what a disk holds: the register says so until a phone-home says otherwise."""

from __future__ import annotations

import pytest

from rackwright.values.install import State
from rackwright.values.machine import Runs, Service
from tests.robot import Robot
from tests.story import IMAGE, Site


def test_the_register_knows_no_system_while_its_disk_is_written(any_site: Site) -> None:
    Robot(any_site).reach(State.DONE)
    assert any_site.machine().runs.os == IMAGE.name
    any_site.arm("web01", reinstall=True, reason="new kernel", live_ok=("web01",))
    Robot(any_site).reboots().again(State.INSTALLING)
    assert (any_site.machine().runs, any_site.machine().service) == (Runs(), Service.NEW)


@pytest.mark.parametrize("state", [State.INSTALLING, State.FIRST_BOOT])
def test_a_cancel_after_the_claim_leaves_it_unknown(site: Site, state: State) -> None:
    robot = Robot(site).reach(state)
    site.cancel(reason="wrong rack")
    assert site.machine().runs == Runs()
    assert robot.polls()["act"] == "stop"
    assert "disk is partly written" in site.view().text or state is State.FIRST_BOOT


def test_a_phone_home_says_what_it_runs_also_when_the_finish_report_was_lost(site: Site) -> None:
    robot = Robot(site).reach(State.INSTALLING)
    assert robot.phones_home().text == "ok\n"
    assert site.state() is State.DONE
    assert (site.machine().runs.os, site.machine().runs.image) == (IMAGE.name, IMAGE.sha256)
    assert site.machine().service is Service.IN_SERVICE


def test_a_claim_names_its_scope_and_its_act(site: Site) -> None:
    Robot(site).reach(State.INSTALLING)
    assert site.claim_scope() == {
        "acts": ["image"],
        "disks": [{"serial": "DISK0001", "wwn": "", "path": "pci-0000:00:05.0"}],
    }
