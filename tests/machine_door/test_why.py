"""`why` at each step of an install that really runs, and where it stands still."""

from __future__ import annotations

from rackwright.app.explain import Explanation, explain
from rackwright.oob.fake import FakeBmc
from rackwright.ports import DhcpStep
from rackwright.values.install import State
from tests.machine_door.test_evidence import dhcp
from tests.robot import Robot
from tests.story import Site, mac_of


def why(site: Site, name: str = "web01", language: str = "en") -> Explanation:
    return site.store.read(lambda tx: explain(tx, site.clock(), site.context, language, name))


def test_every_step_of_an_install_says_what_it_waits_for(any_site: Site) -> None:
    robot, said = Robot(any_site), [why(any_site).waits]
    for state in (State.STARTING, State.INSPECTING, State.WAITING, State.GRANTED, State.INSTALLING):
        if state is State.INSPECTING:
            any_site.power()
            said.append(why(any_site).waits)
        robot.go_on_to(state)
        said.append(why(any_site).waits)
    robot.polls(done_bytes=100, total_bytes=1000, bytes_per_s=10)
    any_site.tick()
    said.append(why(any_site).waits)
    for state in (State.FIRST_BOOT, State.DONE):
        robot.go_on_to(state)
        said.append(why(any_site).waits)
    assert said == [
        "permit", "power", "boot", "agent", "slot", "claim", "first_bytes", "bytes", "phone_home", "done",
    ]  # fmt: skip


def test_a_machine_that_fetched_a_loader_and_never_ran_it_is_told_in_full(site: Site) -> None:
    Robot(site).reach(State.STARTING)
    site.power()
    site.leases.given["10.77.0.101"] = mac_of(1)
    site.wait(60)
    dhcp(site, DhcpStep.FIRMWARE, mac_of(1))
    dhcp(site, DhcpStep.LOADER, detail="snponly.efi")
    site.wait(120)
    said = why(site)
    assert said.text == (
        "web01 waits for its boot request: it was powered on through its BMC at 22:13 UTC (3 min ago), verified. "
        "Last seen: the loader snponly.efi, fetched 2 min ago; before that its firmware's DHCP request (lease "
        "10.77.0.101), 2 min ago. If none comes by 22:43 UTC (in 27 min), it is powered on again (start 2 of 3). "
        "Likely: it fetched snponly.efi and never ran it: Secure Boot refuses an unsigned loader."
    )
    assert [cause.key for cause in said.likely] == ["loader_refused"]
    assert said.do.splitlines()[-1] == "rackwright cancel web01"


def test_what_a_machine_did_before_its_power_on_is_told_as_such(site: Site) -> None:
    Robot(site).asks_to_boot()
    site.wait(600)
    site.power()
    site.wait(200)
    assert "Nothing was seen of it since its power-on at 22:23 UTC (3 min ago); before that its boot" in why(site).text
    assert "no DHCP request of its MACs arrives" in why(site).text


def test_a_bmc_that_does_not_answer_is_quoted(site: Site) -> None:
    site.tick()
    site.power(FakeBmc({}))
    site.tick()
    said = why(site)
    assert (said.waits, [cause.key for cause in said.likely]) == ("power_again", ["bmc_said"])
    assert "web01 waits for its BMC (10.77.1.1)" in said.text
    assert "The next try is at 22:13 UTC (in 4 s); after the fifth the install fails." in said.text
    assert "error_key" not in said.text


def test_an_unknown_machine_that_boots_meanwhile_is_named(site: Site) -> None:
    Robot(site).reach(State.STARTING)
    site.power()
    Robot(site, number=9, serial="STRANGER").asks_to_boot()
    site.tick()
    assert [cause.key for cause in why(site).likely] == ["stranger"]
    assert "STRANGER" in why(site).text


def test_a_place_in_line_counts_those_who_wait_for_the_same(site: Site) -> None:
    for number in (2, 3):
        site.register(number)
        site.clock.go(1)
        site.arm(f"web0{number}")
    assert "2nd of 3" in why(site, "web02").text
    assert "第 3 位，共 3 台" in why(site, "SN0003", "zh").text


def test_a_server_that_does_not_look_says_so_of_itself(site: Site) -> None:
    Robot(site).reach(State.STARTING)
    site.power()
    site.clock.go(3600)
    said = why(site)
    assert "The server stands still itself: it looked last at" in said.text
    assert said.likely == []
