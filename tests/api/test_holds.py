"""/holds: what is held by question, and one answer for the machines that were seen."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from rackwright.store import installs
from rackwright.values.install import State
from tests.api.conftest import START_US, Office
from tests.builders import install, machine

CAUSE = {
    "key": "disk_holds_data", "disk": "/dev/sda", "holds": "gpt; 1: ext4", "fingerprint": "ab12" * 5, "systems": "",
}  # fmt: skip


def held(office: Office, *names: str, key: str = "disk_holds_data") -> None:
    for name in names:
        (made,) = office.register(machine().named(name).with_serial(f"SN-{name}"))
        cause = CAUSE | {"key": key, "serial": f"DISK-{name}"}
        one = install().of(made).standing(State.HELD).having(cause=cause, armed_at=START_US, os="").build()
        office.store.write(lambda tx, one=one: installs.add(tx, one))


def approve(client: TestClient, *names: str, **given: Any) -> Any:
    body = {
        "fingerprint": CAUSE["fingerprint"], "reason": "preloaded",
        "machines": [{"name": name, "disk": f"DISK-{name}"} for name in names],
    } | given  # fmt: skip
    return client.post("/holds/approve", json=body)


def test_the_same_question_is_one_hold(office: Office, viewer: TestClient) -> None:
    held(office, "web01", "web02")
    held(office, "db01", key="wrong_serial")
    two, one = viewer.get("/holds").json()["holds"]
    assert [m["hostname"] for m in two["machines"]] == ["web01", "web02"]
    assert (two["approvable"], two["id"]) == (True, CAUSE["fingerprint"])
    assert "gpt; 1: ext4" in two["text"]
    assert (one["id"], one["approvable"]) == ("wrong_serial", False)


def test_only_who_was_named_goes_on(office: Office, operator: TestClient) -> None:
    held(office, "web01", "web02")
    answer = approve(operator, "web01", "web09").json()
    assert (answer["approved"], answer["refused"]) == (1, 1)
    assert [line["key"] for line in answer["lines"]] == ["", "approval_unknown"]
    assert "web09 is not in the register" in answer["lines"][1]["text"]
    (left,) = operator.get("/holds").json()["holds"]
    assert [m["hostname"] for m in left["machines"]] == ["web02"]


def test_serials_name_machines_too(office: Office, operator: TestClient) -> None:
    held(office, "web01")
    body = {"machines": [{"name": "SN-WEB01", "disk": "DISK-web01"}]}
    assert approve(operator, **body).json()["approved"] == 1


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"reason": "  "}, "approval_needs_reason"),
        ({"machines": []}, "approval_needs_machines"),
        ({"fingerprint": ""}, "approval_needs_machines"),
        ({"fingerprint": "../etc"}, "request_wrong"),
        ({"machines": [{"name": "a\x00", "disk": ""}]}, "request_wrong"),
        ({"more": 1}, "request_wrong"),
    ],
)
def test_bad_input_is_told_and_changes_nothing(office: Office, operator: TestClient, given: Any, key: str) -> None:
    held(office, "web01")
    answer = approve(operator, "web01", **given)
    assert (answer.status_code, answer.json()["error"]["key"]) == (400, key)
    assert len(operator.get("/holds").json()["holds"]) == 1
