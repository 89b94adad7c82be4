"""Who is not the machine, or not its live boot: idles, gets no token, and is on the timeline."""

from __future__ import annotations

import pytest

from rackwright.values.install import State
from rackwright_wire.messages import Act
from tests.robot import Robot, a_boot
from tests.story import IMAGE, Site, mac_of

WITH_A_LIVE_BOOT = (State.WAITING, State.GRANTED, State.INSTALLING, State.FIRST_BOOT)


def intruder(site: Site) -> Robot:
    """Reports the serial and MAC of web01 from an address of its own."""
    return Robot(site, address="10.77.0.199")


@pytest.mark.parametrize("state", WITH_A_LIVE_BOOT)
def test_another_boot_with_the_same_serial_and_mac_idles_and_is_noted(site: Site, state: State) -> None:
    robot = Robot(site).reach(state)
    stranger = intruder(site)
    with site.nothing_moves():
        said = stranger.joins()
    assert (said["token"], said["order"]["act"]) == ("", Act.IDLE.value)
    assert site.kinds()[-1] == "stranger_joined"
    assert "10.77.0.199" in site.log()[-1].text
    assert stranger.polls()["act"] == Act.IDLE.value
    assert robot.polls()["act"] != Act.STOP.value


def test_a_stranger_that_joins_again_and_again_is_noted_once(site: Site) -> None:
    Robot(site).reach(State.WAITING)
    stranger = intruder(site)
    for _ in range(3):
        stranger.joins()
    assert site.kinds().count("stranger_joined") == 1


def test_the_live_boot_id_from_another_address_gets_neither_token_nor_order(site: Site) -> None:
    robot = Robot(site).reach(State.GRANTED)
    thief = Robot(site, address="10.77.0.199", boot_id=robot.boot_id)
    with site.nothing_moves():
        said = thief.joins()
        thief.joins()
    assert (said["token"], said["order"]["act"]) == ("", Act.IDLE.value)
    assert site.kinds().count("join_from_wrong_address") == 1
    assert robot.polls()["act"] == Act.CLAIM.value


def test_a_join_from_an_address_leased_to_another_port_gets_no_token(site: Site) -> None:
    robot = Robot(site).reach(State.INSPECTING)
    site.leases.given[robot.address] = "52:54:00:99:99:99"
    with site.nothing_moves():
        said = robot.joins()
        robot.joins()
    assert (said["token"], said["order"]["act"]) == ("", Act.IDLE.value)
    assert site.kinds().count("join_from_wrong_address") == 1
    assert robot.polls()["act"] == Act.IDLE.value


def test_a_join_from_the_address_of_its_own_lease_goes_on(site: Site) -> None:
    robot = Robot(site).reach(State.INSPECTING)
    site.leases.given[robot.address] = mac_of(1)
    assert robot.joins()["order"]["act"] == Act.WAIT.value


@pytest.mark.parametrize("path", ["/v1/events", "/v1/claim", "/v1/poll"])
@pytest.mark.parametrize("whose", ["nobody's", "another session's", "made up", "of the right session with a wrong end"])
def test_a_message_without_its_own_token_is_refused(site: Site, path: str, whose: str) -> None:
    robot = Robot(site).reach(State.GRANTED)
    other = site.context.session_token(a_boot())
    robot.token = {
        "nobody's": "",
        "another session's": other,
        "made up": "x.y",
        "of the right session with a wrong end": f"{robot.session}.{other.partition('.')[2]}",
    }[whose]
    message = {
        "session": robot.session, "boot_id": robot.boot_id, "events": [], "install": site.install().id,
        "attempt": 1, "act": "image", "disks": [],
    }  # fmt: skip
    with site.nothing_moves():
        assert robot.post(path, message).status_code == 401
        if path == "/v1/events":
            assert site.client("10.77.0.9").post(path, json=message).status_code == 401


def test_a_session_that_was_never_given_is_told_to_join_again(site: Site) -> None:
    robot = Robot(site, session=a_boot())
    assert robot.post("/v1/poll", {"session": robot.session, "boot_id": robot.boot_id}).status_code == 401


@pytest.mark.parametrize("state", [s for s in State if s not in (State.INSTALLING, State.QUEUED, State.STARTING)])
def test_an_image_is_only_for_the_session_that_claimed_it(site: Site, state: State) -> None:
    robot = Robot(site).reach(state)
    assert robot.fetches(IMAGE.sha256).status_code in (401, 403)


def test_an_image_is_not_for_the_token_of_another_machine(site: Site) -> None:
    Robot(site).reach(State.INSTALLING)
    site.register(2)
    site.arm("web02")
    other = Robot(site, number=2).reach(State.WAITING)
    assert other.fetches(IMAGE.sha256).status_code == 403
    assert other.fetches(IMAGE.sha256, token="").status_code == 401
    assert other.fetches("../admin.token").status_code in (401, 404)


def test_a_claim_for_another_machines_install_is_denied_and_noted(site: Site) -> None:
    Robot(site).reach(State.GRANTED)
    site.register(2)
    site.arm("web02")
    other = Robot(site, number=2).reach(State.WAITING)
    with site.nothing_moves("web01"):
        assert other.claims(install=site.install("web01").id).json()["granted"] is False
    assert site.kinds("web02")[-1] == "claim_denied"


@pytest.mark.parametrize(
    "changed",
    [
        {"disks": [{"serial": "OTHER", "wwn": "", "path": ""}]},
        {"disks": []},
        {"act": "raid"},
        {"attempt": 2},
        {"attempt": 2**80},
        {"install": "no-such-install"},
    ],
    ids=str,
)
def test_a_claim_for_anything_but_what_was_verified_is_denied(site: Site, changed: dict[str, object]) -> None:
    robot = Robot(site).reach(State.GRANTED)
    with site.nothing_moves():
        answer = robot.claims(**changed)
    assert answer.json()["granted"] is False
    assert answer.json().get("plan") is None
    assert site.kinds()[-1] == "claim_denied"


def test_a_claim_from_a_boot_that_is_not_the_sessions_is_refused(site: Site) -> None:
    robot = Robot(site).reach(State.GRANTED)
    with site.nothing_moves():
        assert robot.claims(boot_id=a_boot()).status_code == 401


def test_progress_of_a_stranger_is_no_evidence(site: Site) -> None:
    robot = Robot(site).reach(State.INSTALLING)
    robot.polls(done_bytes=10, total_bytes=100)
    site.tick()
    stranger = intruder(site)
    stranger.joins()
    stranger.polls(done_bytes=99, total_bytes=100)
    site.tick()
    seen = site.view().progress
    assert seen is not None
    assert seen["done_bytes"] == 10
