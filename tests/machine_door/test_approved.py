"""What a person approved holds for that install, that disk and what the register said then; nothing more."""

from __future__ import annotations

from dataclasses import replace

from rackwright.app.approve import Approved, ApproveRequest, approve
from rackwright.app.holds import holds
from rackwright.app.set_machine import set_machine
from rackwright.ports import How
from rackwright.store import images, machines
from rackwright.store.store import Tx
from rackwright.values.install import State
from tests.builders import SITE
from tests.robot import DISK, Robot
from tests.story import IMAGE, Site, machine_with

PARTS = [
    {"number": 0, "kind": "table", "type": "gpt", "label": "", "size_bytes": 0},
    {"number": 1, "kind": "filesystem", "type": "ext4", "label": "payroll", "size_bytes": 1 << 30},
]
FULL = {**DISK, "contents": {"parts": PARTS, "systems": [], "sampled": 8, "filled": 8, "digest": "d"}}


def approves(site: Site) -> list[Approved]:
    """All that is held, as a person sees it now."""

    def act(tx: Tx) -> list[Approved]:
        done: list[Approved] = []
        for group in holds(tx, site.context, "en"):
            seen = tuple((machine.hostname, machine.disk) for machine in group.machines)
            request = ApproveRequest(group.fingerprint, seen, "the vendor's")
            done += approve(tx, site.clock(), site.context, request, "ann")
        return done

    return site.store.write(act)


def held(site: Site) -> Robot:
    robot = Robot(site, disks=(FULL,)).reach(State.INSPECTING)
    robot.joins()
    assert (site.state(), site.install().cause["key"]) == (State.HELD, "disk_holds_data")
    return robot


def test_it_goes_on_to_the_claim(site: Site) -> None:
    robot = held(site)
    robot.polls()
    assert [line.key for line in approves(site)] == [""]
    robot.again(State.WAITING)
    robot.go_on_to(State.GRANTED)
    robot.go_on_to(State.INSTALLING)


def test_a_word_about_an_install_that_ended_says_nothing_of_the_next_one(site: Site) -> None:
    robot = held(site)
    approves(site)
    site.cancel()
    site.tick(200 * 86400)
    site.arm()
    robot = robot.reboots().again(State.INSPECTING)
    robot.joins()
    assert (site.state(), site.install().cause["key"]) == (State.HELD, "disk_holds_data")


def test_a_machine_that_lives_again_is_not_cut_off_by_the_word_about_its_disk(site: Site) -> None:
    site.cancel()
    site.clock.go(1)
    site.store.write(lambda tx: machines.put(tx, machine_with(site.machine(), addresses=("10.77.0.11/24",))))
    site.arm(live_ok=("web01",))
    held(site)
    approves(site)
    site.liveness.answers["10.77.0.11"] = How.PING
    site.tick(100)
    site.power()
    assert (site.state(), site.install().cause["key"]) == (State.HELD, "machine_alive")


def test_after_another_system_was_named_in_the_register_it_must_be_taken_over_first(site: Site) -> None:
    robot = held(site)
    other = replace(IMAGE, name="other", sha256="ef" * 32)
    site.store.write(lambda tx: images.put(tx, other))
    vault = site.context.vault
    site.store.write(lambda tx: set_machine(tx, site.clock(), vault, SITE, "web01", {"os": "other"}, "ann"))
    with site.nothing_moves():
        assert [line.key for line in approves(site)] == ["approval_register_changed"]
    robot.polls()
    site.arm(retry=True)
    robot.again(State.WAITING)
    assert [line.key for line in approves(site)] == [""]
    assert site.install().image == other.sha256
