"""What a disk holds is a question, and its answer is for one machine, one disk and exactly this content."""

from __future__ import annotations

from typing import Any

import pytest

from rackwright.app.approve import Approved, ApproveRequest, approve
from rackwright.app.holds import HoldGroup, holds
from rackwright.store import machines
from rackwright.values.errors import OperatorMustFix
from rackwright.values.install import State
from rackwright.values.machine import Protection
from tests.robot import DISK, Robot
from tests.story import SITE, Site, machine_with


def preloaded(hostname: str = "localhost", serial: str = "DISK0001", size: int = 512 << 20) -> dict[str, Any]:
    """As a vendor delivers it."""
    parts = [
        {"number": 0, "kind": "table", "type": "gpt"},
        {"number": 1, "kind": "filesystem", "type": "ext4", "label": "root", "size_bytes": size},
    ]
    systems = [{"number": 1, "os": "Ubuntu 22.04.3 LTS", "hostname": hostname}]
    return DISK | {
        "serial": serial,
        "contents": {"parts": parts, "systems": systems, "sampled": 64, "filled": 60, "digest": "d"},
    }


def with_disk(site: Site, disk: dict[str, Any], number: int = 1) -> Robot:
    """A machine that has joined with this disk."""
    robot = Robot(site, number, disks=(disk,))
    robot.again(State.INSPECTING)
    robot.joins()
    return robot


def groups(site: Site) -> list[HoldGroup]:
    return site.store.read(lambda tx: holds(tx, site.context, "en"))


def approves(
    site: Site, fingerprint: str, *named: tuple[str, str], reason: str = "the vendor's preload"
) -> list[Approved]:
    request = ApproveRequest(fingerprint, named, reason)
    return site.store.write(lambda tx: approve(tx, site.clock(), site.context, request, "ann"))


def goes_on(site: Site, robot: Robot) -> None:
    """Idle in the RAM OS, it goes on from there without a power act."""
    robot.polls()
    site.tick()
    site.power()
    robot.joins()


def test_a_preloaded_disk_is_held_untouched_and_says_what_is_on_it(any_site: Site) -> None:
    robot = with_disk(any_site, preloaded())
    assert any_site.state() is State.HELD
    assert "Ubuntu 22.04.3 LTS, host name localhost" in any_site.view().text
    assert "rackwright holds approve" in any_site.view().next
    assert robot.polls()["act"] == "idle"
    assert not robot.claims().json()["granted"]


def test_machines_that_hold_the_same_are_one_question(site: Site) -> None:
    for number in (2, 3):
        site.register(number)
        site.arm(f"web{number:02}")
    with_disk(site, preloaded())
    with_disk(site, preloaded(serial="DISK0002"), 2)
    with_disk(site, preloaded("db17", serial="DISK0003"), 3)
    two, one = groups(site)
    assert [(m.hostname, m.disk) for m in two.machines] == [("web01", "DISK0001"), ("web02", "DISK0002")]
    assert [m.hostname for m in one.machines] == ["web03"]
    assert two.approvable
    assert two.fingerprint == two.id


def test_an_approved_machine_goes_on_and_claims(any_site: Site) -> None:
    robot = with_disk(any_site, preloaded())
    (group,) = groups(any_site)
    (line,) = approves(any_site, group.fingerprint, ("web01", "DISK0001"))
    assert line.key == ""
    goes_on(any_site, robot)
    assert any_site.state() is State.WAITING
    any_site.tick()
    assert robot.claims().json()["granted"]
    assert "contents_approved" in any_site.kinds()


def test_what_changed_meanwhile_is_a_new_question(site: Site) -> None:
    robot = with_disk(site, preloaded())
    approves(site, groups(site)[0].fingerprint, ("web01", "DISK0001"))
    robot.disks = (preloaded("payroll"),)
    goes_on(site, robot)
    assert site.state() is State.HELD
    assert "payroll" in site.view().text


def test_an_approval_is_for_the_disk_that_was_seen(site: Site) -> None:
    robot = with_disk(site, preloaded())
    approves(site, groups(site)[0].fingerprint, ("web01", "DISK0001"))
    robot.disks = (preloaded(serial="ANOTHER"),)
    goes_on(site, robot)
    assert site.state() is State.HELD


def test_an_approval_is_used_up_by_its_claim(site: Site) -> None:
    robot = with_disk(site, preloaded())
    approves(site, groups(site)[0].fingerprint, ("web01", "DISK0001"))
    goes_on(site, robot)
    site.tick()
    assert robot.claims().json()["granted"]
    robot.hands_over()
    robot.phones_home()
    assert site.state() is State.DONE
    site.arm("web01", reinstall=True, reason="again", live_ok=("web01",))
    with_disk(site, preloaded())  # somebody put another preloaded disk with the same serial in
    assert site.state() is State.HELD


@pytest.mark.parametrize(
    ("name", "disk", "fingerprint", "key"),
    [
        ("web09", "DISK0001", "", "approval_unknown"),
        ("web01", "DISK0009", "", "approval_changed"),
        ("web01", "DISK0001", "0123456789abcdef0123", "approval_changed"),
    ],
)
def test_what_was_not_seen_is_not_approved(site: Site, name: str, disk: str, fingerprint: str, key: str) -> None:
    with_disk(site, preloaded())
    (line,) = approves(site, fingerprint or groups(site)[0].fingerprint, (name, disk))
    assert line.key == key
    assert site.state() is State.HELD


def test_twice_the_same_approval_is_one(site: Site) -> None:
    with_disk(site, preloaded())
    fingerprint = groups(site)[0].fingerprint
    assert approves(site, fingerprint, ("web01", "DISK0001"))[0].key == ""
    assert approves(site, fingerprint, ("web01", "DISK0001"))[0].key == "approval_not_held"
    assert site.kinds().count("contents_approved") == 1


def test_a_protected_machine_is_not_approved(site: Site) -> None:
    with_disk(site, preloaded())
    kept = machine_with(site.machine(), protection=Protection("ann", "runs payroll", 1))
    site.store.write(lambda tx: machines.put(tx, kept))
    (line,) = approves(site, groups(site)[0].fingerprint, ("web01", "DISK0001"))
    assert line.key == "approval_forbidden"


def test_an_approval_needs_a_reason_and_machines(site: Site) -> None:
    with_disk(site, preloaded())
    fingerprint = groups(site)[0].fingerprint
    with pytest.raises(OperatorMustFix, match="approval_needs_reason"):
        approves(site, fingerprint, ("web01", "DISK0001"), reason=" ")
    with pytest.raises(OperatorMustFix, match="approval_needs_machines"):
        approves(site, fingerprint)


def test_what_an_unfinished_install_of_ours_left_is_no_question(site: Site) -> None:
    Robot(site).reach(State.FAILED)
    site.arm("web01", retry=True)
    with_disk(site, preloaded("debian"))
    assert site.state() is State.WAITING


def test_another_install_asks_what_a_cancelled_one_may_not_have_left(site: Site) -> None:
    Robot(site).reach(State.INSTALLING)
    site.cancel()
    site.arm("web01")
    with_disk(site, preloaded("payroll"))
    assert site.state() is State.HELD
    assert "payroll" in site.view().text


def test_a_disk_that_only_its_slot_names_may_be_another_one_by_now(site: Site) -> None:
    robot = Robot(site, disks=(DISK | {"serial": ""},)).again(State.INSTALLING)
    robot.reports("install_failed", step="write_image", error="the disk broke")
    site.arm("web01", retry=True)
    with_disk(site, preloaded("payroll", serial=""))
    assert site.state() is State.HELD


def test_its_own_system_may_be_replaced_but_nobody_elses(site: Site) -> None:
    Robot(site).reach(State.DONE)
    site.arm("web01", reinstall=True, reason="new kernel", live_ok=("web01",))
    with_disk(site, preloaded("web01"))
    assert site.state() is State.WAITING
    site.cancel()
    site.arm("web01", reinstall=True, reason="new kernel", live_ok=("web01",))
    with_disk(site, preloaded("db17"))
    assert site.state() is State.HELD


def test_a_disk_at_which_nobody_looked_is_held(site: Site) -> None:
    with_disk(site, DISK | {"contents": None})
    assert site.install().cause["key"] == "disk_not_looked_at"


def test_other_holds_are_grouped_but_not_approved_for_many(site: Site) -> None:
    Robot(site).reach(State.HELD)
    (group,) = groups(site)
    assert (group.id, group.approvable, group.fingerprint) == ("wrong_serial", False, "")
    assert approves(site, "wrong_serial", ("web01", ""))[0].key == "approval_not_held"


def test_another_disk_of_the_machine_may_hold_anything(site: Site) -> None:
    site.store.write(lambda tx: _name_disk(tx, site))
    robot = Robot(site, disks=(DISK, preloaded(serial="DATA") | {"path": "pci-0000:00:06.0", "device": "/dev/vdb"}))
    robot.again(State.INSPECTING)
    robot.joins()
    assert site.state() is State.WAITING


def _name_disk(tx: Any, site: Site) -> None:
    found = machines.by_name(tx, SITE, "web01")
    assert found is not None
    machines.put(tx, machine_with(found, disk="serial=DISK0001"))
