"""Messages that are none: refused with 4xx, never a crash, never a transition."""

from __future__ import annotations

from typing import Any

import pytest

from rackwright.values.install import State
from tests.robot import Robot, a_boot
from tests.story import Site

POSTS = ("/v1/join", "/v1/poll", "/v1/events", "/v1/claim")
BODIES = {
    "nothing": b"",
    "no JSON": b"{",
    "not UTF-8": b'{"session": "\xff\xfe"}',
    "a list": b"[]",
    "a number": b"7",
    "null": b"null",
    "half a surrogate": b'{"session": "\\ud800", "boot_id": "x", "protocol": 1}',
    "NaN": b'{"protocol": NaN}',
    "too large a number": b'{"session": "a", "boot_id": "b", "events": [{"seq": 1e999, "kind": "x"}]}',
    "deep": b'{"x": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "wrong types": b'{"protocol": "1", "boot_id": 5, "facts": [], "session": {}, "events": 3, "disks": null}',
    "missing fields": b"{}",
    "two values": b"{}{}",
}


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_what_is_no_message_is_a_bad_request(site: Site, path: str, body: bytes) -> None:
    robot = Robot(site).reach(State.GRANTED)
    headers = {"Authorization": f"Bearer {robot.token}"}
    with site.nothing_moves():
        answer = site.client(robot.address).post(path, content=body, headers=headers)
    assert answer.status_code in (400, 401)
    assert answer.json()["error"]


@pytest.mark.parametrize("path", [*POSTS, "/v1/phone-home"])
def test_a_huge_body_is_refused(site: Site, path: str) -> None:
    assert site.client("10.77.0.101").post(path, content=b" " * (3 << 20)).status_code == 413


@pytest.mark.parametrize("protocol", [0, 2, -1, 10**12])
def test_another_protocol_version_is_refused_by_name(site: Site, protocol: int) -> None:
    robot = Robot(site)
    message = {"protocol": protocol, "boot_id": robot.boot_id, "facts": robot.facts()}
    answer = robot.post("/v1/join", message)
    assert answer.status_code == 400
    assert str(protocol) in answer.json()["error"]


@pytest.mark.parametrize("boot_id", ["", "x", "a" * 65, "0\0" * 8, "../../etc/passwd", "ü" * 36])
def test_a_boot_id_that_is_not_the_kernels_is_refused(any_site: Site, boot_id: str) -> None:
    robot = Robot(any_site, boot_id=boot_id)
    message = {"protocol": 1, "boot_id": boot_id, "facts": robot.facts()}
    assert robot.post("/v1/join", message).status_code == 400


@pytest.mark.parametrize("session", ["", "\0" * 36, "a" * 100, "ü" * 36])
def test_a_session_that_is_no_id_is_none(any_site: Site, session: str) -> None:
    robot = Robot(any_site)
    for path, more in (("/v1/poll", {}), ("/v1/events", {"events": []})):
        message: dict[str, Any] = {"session": session, "boot_id": a_boot(), **more}
        assert robot.post(path, message).status_code == 401


@pytest.mark.parametrize(
    "facts", [{"nics": [{"name": "a", "mac": 5}]}, {"disks": [{}]}, {"memory_bytes": "8"}], ids=str
)
def test_facts_of_the_wrong_types_are_refused(site: Site, facts: dict[str, Any]) -> None:
    robot = Robot(site).reach(State.INSPECTING)
    message = {"protocol": 1, "boot_id": robot.boot_id, "facts": robot.facts(**facts)}
    with site.nothing_moves():
        assert robot.post("/v1/join", message).status_code == 400


def test_facts_that_this_server_does_not_know_are_ignored(site: Site) -> None:
    robot = Robot(site).reach(State.INSPECTING)
    assert robot.joins(tpm={"version": 2}, more=[1, 2])["order"]["act"] == "wait"


def test_ten_thousand_nics_cost_no_more_than_a_few(site: Site) -> None:
    robot = Robot(site).reach(State.INSPECTING)
    nics = [
        *robot.facts()["nics"],
        *({"name": "e", "mac": f"52:54:00:01:{n >> 8:02x}:{n & 255:02x}"} for n in range(9999)),
    ]
    assert robot.joins(nics=nics)["order"]["act"] == "wait"


@pytest.mark.parametrize("path", ["/ramos/../admin.token", "/ramos/key", "/v1/images/x", "/v1/nothing", "/"])
def test_what_is_not_for_machines_is_not_there(site: Site, path: str) -> None:
    assert site.client("10.77.0.101").get(path).status_code in (401, 404)


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic x", "Bearer \u00e9.\u00e9", "Bearer ..", "Bearer " + "a" * 9999]
)
def test_an_odd_authorization_is_no_token(site: Site, header: str) -> None:
    robot = Robot(site).reach(State.INSTALLING)
    message = {"session": robot.session, "boot_id": robot.boot_id, "events": []}
    headers = {"Authorization": header.encode("latin-1")}
    assert site.client(robot.address).post("/v1/events", json=message, headers=headers).status_code == 401


def test_a_claim_for_an_install_with_nul_in_its_name_is_refused(any_site: Site) -> None:
    robot = Robot(any_site).reach(State.GRANTED)
    with any_site.nothing_moves():
        assert robot.claims(install="\0" * 8).status_code == 400
