"""/limits: seen by everybody, changed by operators, and only where there is something to limit."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.api.conftest import Office
from tests.builders import machine


def shown(client: TestClient) -> dict[tuple[str, str], dict[str, Any]]:
    answer = client.get("/limits")
    assert answer.status_code == 200, answer.text
    return {(one["scope"], one["resource"]): one for one in answer.json()["limits"]}


def put(client: TestClient, scope: str, resource: str, value: object) -> Any:
    return client.put("/limits", json={"scope": scope, "resource": resource, "value": value, "reason": "night shift"})


def test_the_defaults_hold_until_somebody_sets_something(viewer: TestClient) -> None:
    limits = shown(viewer)
    assert {key: one["value"] for key, one in limits.items()} == {
        ("site", "starts"): 50, ("site", "writes"): 20, ("site", "bmc_actions"): 32, ("rack:*", "power"): 10,
    }  # fmt: skip
    assert all((one["set_by"], one["set_at"], one["in_use"]) == ("", 0, 0) for one in limits.values())


def test_a_limit_that_was_set_says_by_whom_and_over_what(operator: TestClient) -> None:
    answer = put(operator, "site", "starts", 5)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["value"], answer.json()["default"], answer.json()["set_by"]) == (5, 50, "operator")
    assert shown(operator)["site", "starts"]["set_at"] > 0
    assert put(operator, "site", "starts", 0).json()["value"] == 0


def test_a_limit_taken_back_is_the_default_again(operator: TestClient) -> None:
    put(operator, "site", "writes", 3)
    for _ in range(2):
        answer = operator.delete("/limits", params={"scope": "site", "resource": "writes", "reason": "done"})
        assert answer.json()["limit"]["value"] == 20
    assert shown(operator)["site", "writes"]["set_by"] == ""


def test_a_rack_of_its_own_has_no_default(office: Office, operator: TestClient) -> None:
    office.register(machine().named("web01").having(rack="A12"))
    assert put(operator, "rack:A12", "power", 2).json()["default"] is None
    assert shown(operator)["rack:A12", "power"]["value"] == 2
    gone = operator.delete("/limits", params={"scope": "rack:A12", "resource": "power"})
    assert gone.json() == {"limit": None}
    assert ("rack:A12", "power") not in shown(operator)


@pytest.mark.parametrize(
    ("scope", "resource", "value", "key", "names"),
    [
        ("site", "cpus", 1, "limit_resource_unknown", "starts, power, writes, bmc_actions"),
        ("site", "power", 1, "limit_scope_wrong", "rack:NAME, rack:*"),
        ("rack:A12", "starts", 1, "limit_scope_wrong", "site, network:NAME"),
        ("network:*", "starts", 1, "limit_scope_wrong", "site, network:NAME"),
        ("network:", "starts", 1, "limit_scope_wrong", "network:NAME"),
        ("site:", "starts", 1, "limit_scope_wrong", "site"),
        ("site:x", "starts", 1, "limit_scope_wrong", "site"),
        ("", "writes", 1, "limit_scope_wrong", "site"),
        ("rack:a\nb", "power", 1, "limit_scope_wrong", "rack:NAME"),
        ("site", "starts", -1, "limit_value_wrong", "0 to 1000000"),
        ("site", "starts", 10**9, "limit_value_wrong", "0 to 1000000"),
        ("network:moon", "starts", 1, "limit_network_unknown", "moon"),
        ("rack:Z99", "power", 1, "limit_rack_unknown", "Z99"),
    ],
)
def test_what_cannot_be_limited_is_refused_with_what_can(
    operator: TestClient, scope: str, resource: str, value: int, key: str, names: str
) -> None:
    before = shown(operator)
    answer = put(operator, scope, resource, value)
    assert answer.status_code == 400
    assert answer.json()["error"]["key"] == key
    assert names in answer.json()["error"]["text"]
    assert shown(operator) == before


@pytest.mark.parametrize("value", ["many", 1.5, None, True])
def test_a_value_that_is_no_number_is_refused(operator: TestClient, value: object) -> None:
    answer = put(operator, "site", "starts", value)
    assert answer.status_code == 400
    assert answer.json()["error"]["values"]["field"] == "value"


def test_a_viewer_sees_and_does_not_change(viewer: TestClient) -> None:
    assert put(viewer, "site", "starts", 1).status_code == 403
    assert viewer.delete("/limits", params={"scope": "site", "resource": "starts"}).status_code == 403


def test_every_change_is_in_the_audit_with_its_reason(operator: TestClient) -> None:
    put(operator, "site", "starts", 5)
    put(operator, "site", "power", 5)
    operator.delete("/limits", params={"scope": "site", "resource": "starts", "reason": "done"})
    acts = operator.get("/audit").json()["acts"]
    assert [(one["act"], one["target"], one["reason"], one["outcome"], one["values"]["value"]) for one in acts] == [
        ("change_limits", "site starts", "done", "done", "default"),
        ("change_limits", "site power", "night shift", "limit_scope_wrong", 5),
        ("change_limits", "site starts", "night shift", "done", 5),
    ]
