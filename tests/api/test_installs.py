"""Installs over the API: planned, armed as seen, watched, cancelled."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from rackwright.store import installs
from tests.api.conftest import Office
from tests.builders import SITE, MachineBuilder, machine

HOSTILE = ["' OR '1'='1", "web01'; DROP TABLE machine; --", "%", "_", "../../etc", "<script>", "*", "{0}"]


def ready(hostname: str, **values: Any) -> MachineBuilder:
    return machine().named(hostname).with_serial(f"SN-{hostname}").having(os="debian-12", rack="A12", **values)


def arm(client: TestClient, names: list[str], expect: int, **more: object) -> Any:
    return client.post("/installs", json={"names": names, "expect": expect, **more})


def test_a_plan_says_who_and_who_not_and_why_and_writes_nothing(office: Office, viewer: TestClient) -> None:
    image = office.with_image()
    office.register(ready("web01"), ready("web02").in_service(), ready("web03").protected())
    plan = viewer.post("/installs/plan", json={"names": ["web01", "SN-web02", "web03", "web99"]}).json()
    assert [(line["hostname"], line["verdict"]) for line in plan["lines"]] == [
        ("web01", "install"),
        ("web02", "refused"),
        ("web03", "refused"),
    ]
    assert (plan["will"], plan["refused"], plan["unknown"]) == (1, 2, ["web99"])
    assert plan["lines"][0]["image"] == image.sha256
    assert plan["lines"][1]["text"]
    assert viewer.get("/installs").json() == {"installs": [], "counts": {}}


def test_no_password_is_in_a_plan(office: Office, viewer: TestClient) -> None:
    office.register(ready("web01").with_bmc(password="canary-sealed"))
    assert "canary" not in viewer.post("/installs/plan", json={"names": ["web01"]}).text


def test_arming_gives_ids_that_can_be_watched(office: Office, operator: TestClient) -> None:
    office.with_image()
    office.register(ready("web01"), ready("web02"))
    answer = arm(operator, ["web01", "web02"], 2)
    assert answer.status_code == 201
    ids = answer.json()["installs"]
    assert len(ids) == 2
    seen = operator.get("/installs", params={"ids": ",".join(ids)}).json()
    assert [(one["hostname"], one["state"], one["armed_by"]) for one in seen["installs"]] == [
        ("web01", "queued", "operator"),
        ("web02", "queued", "operator"),
    ]
    assert seen["counts"] == {"queued": 2}
    assert operator.get("/installs", params={"names": "SN-web01"}).json()["installs"][0]["hostname"] == "web01"
    assert len(operator.get("/installs", params={"live": 1}).json()["installs"]) == 2


def test_another_number_than_the_one_seen_arms_nobody(office: Office, operator: TestClient) -> None:
    office.with_image()
    office.register(ready("web01"), ready("web02"))
    answer = arm(operator, ["web01", "web02"], 1)
    assert answer.status_code == 409
    assert answer.json()["error"]["key"] == "plan_changed"
    assert operator.get("/installs").json()["installs"] == []


def test_arming_twice_arms_once(office: Office, operator: TestClient) -> None:
    office.with_image()
    office.register(ready("web01"))
    assert arm(operator, ["web01"], 1).status_code == 201
    assert arm(operator, ["web01"], 1).status_code == 409
    assert len(operator.get("/installs").json()["installs"]) == 1


def test_a_place_selects_its_machines(office: Office, operator: TestClient) -> None:
    office.with_image()
    office.register(ready("web01"), ready("db01").having(rack="B01"))
    plan = operator.post("/installs/plan", json={"where": {"rack": "A12"}}).json()
    assert [line["hostname"] for line in plan["lines"]] == ["web01"]


def test_what_narrows_a_list_also_selects_for_an_install(office: Office, operator: TestClient) -> None:
    office.with_image()
    office.register(ready("web01").having(labels=(("env", "prod"),)), ready("web02").having(asset_tag="A-7"))
    arm(operator, ["web02"], 1)
    for where, wanted in (
        ({"label.env": "prod"}, "web01"),
        ({"state": "queued"}, "web02"),
        ({"asset_tag": "A-7"}, "web02"),
    ):
        plan = operator.post("/installs/plan", json={"where": where}).json()
        assert [line["hostname"] for line in plan["lines"]] == [wanted]
        assert [one["hostname"] for one in operator.get("/machines", params=where).json()["machines"]] == [wanted]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"names": []},
        {"where": {"no_such_column": "x"}},
        {"where": {"bmc_password": "x"}},
        {"where": {"1=1; --": "x"}},
        {"names": ["web01"], "where": []},
        {"names": ["x"] * 20_001},
    ],
)
def test_requests_that_select_nobody_are_refused(office: Office, viewer: TestClient, body: object) -> None:
    office.register(ready("web01"))
    assert viewer.post("/installs/plan", json=body).status_code == 400


@pytest.mark.parametrize("expect", [None, -1, "1; DROP", 1.5])
def test_arming_needs_the_number_that_was_seen(office: Office, operator: TestClient, expect: object) -> None:
    office.with_image()
    office.register(ready("web01"))
    answer = operator.post("/installs", json={"names": ["web01"], "expect": expect})
    assert answer.status_code == 400
    assert operator.post("/installs", json={"names": ["web01"]}).status_code == 400


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_select_nobody(office: Office, operator: TestClient, name: str) -> None:
    office.register(ready("web01"))
    plan = operator.post("/installs/plan", json={"names": [name], "where": {}}).json()
    assert plan["lines"] == []
    assert plan["unknown"] == [name]
    where = operator.post("/installs/plan", json={"where": {"rack": name}})
    assert where.json()["lines"] == []


def test_a_nul_is_refused_everywhere(office: Office, operator: TestClient) -> None:
    office.register(ready("web01"))
    for body in (
        {"names": ["web01\0"]},
        {"where": {"rack": "\0"}},
        {"where": {"\0": "x"}},
        {"reason": "\0", "names": ["a"]},
    ):
        assert operator.post("/installs/plan", json=body).status_code == 400
    for path in ("/machines/web01%00", "/machines?rack=%00", "/installs?names=a%00", "/machines/web01%00/log"):
        assert operator.get(path).status_code == 400
    assert operator.post("/machines/web01/cancel", json={"reason": "\0"}).status_code == 400


def test_cancelling_says_what_became_of_it(office: Office, operator: TestClient) -> None:
    office.with_image()
    office.register(ready("web01"))
    arm(operator, ["web01"], 1)
    answer = operator.post("/machines/web01/cancel", json={"reason": "wrong rack"})
    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["live"]) == ("cancelled", False)
    assert operator.post("/machines/web01/cancel", json={}).status_code == 409
    assert operator.post("/machines/web99/cancel", json={}).status_code == 404


def test_the_log_goes_on_where_it_was_read_to(office: Office, operator: TestClient) -> None:
    office.with_image()
    office.register(ready("web01"))
    arm(operator, ["web01"], 1)
    first = operator.get("/machines/web01/log").json()
    assert [event["kind"] for event in first["events"]] == ["install_armed"]
    assert first["events"][0]["actor"] == "operator"
    assert first["events"][0]["text"]
    operator.post("/machines/web01/cancel", json={"reason": "x"})
    more = operator.get("/machines/web01/log", params={"after": first["next"]}).json()
    assert [event["kind"] for event in more["events"]] == ["install_cancelled"]
    last = operator.get("/machines/web01/log", params={"after": more["next"]}).json()
    assert last == {"events": [], "next": more["next"]}


def test_a_waiting_reader_gets_nothing_after_its_time(office: Office, viewer: TestClient) -> None:
    office.register(ready("web01"))
    assert viewer.get("/machines/web01/log", params={"wait_s": 0.2}).json() == {"events": [], "next": 0}


@pytest.mark.parametrize(
    "query", [{"after": -1}, {"after": "x"}, {"limit": 0}, {"limit": 10**6}, {"wait_s": 1e9}, {"wait_s": "nan"}]
)
def test_wrong_bounds_of_the_log_are_refused(office: Office, viewer: TestClient, query: dict[str, Any]) -> None:
    office.register(ready("web01"))
    assert viewer.get("/machines/web01/log", params=query).status_code == 400


def test_an_unknown_machine_has_no_log(viewer: TestClient) -> None:
    assert viewer.get("/machines/web99/log").status_code == 404
    assert viewer.get("/machines/' OR 1=1/log").status_code == 404


def test_status_counts(office: Office, operator: TestClient) -> None:
    office.with_image()
    office.register(ready("web01"), ready("web02"))
    arm(operator, ["web01"], 1)
    told = operator.get("/status").json()
    assert (told["machines"], told["installs"], told["waiting"], told["images"]) == (2, {"queued": 1}, 1, 1)
    assert (told["database"], told["site"]) == (office.store.engine.dialect.name, "sh1")


def test_only_the_typed_name_of_a_selected_machine_may_be_powered_although_it_is_alive(
    office: Office, operator: TestClient
) -> None:
    office.with_image()
    office.register(ready("web01"), ready("web02"))
    refused = arm(operator, ["web01"], 1, live_ok=["web02"])
    assert (refused.status_code, refused.json()["error"]["key"]) == (400, "live_ok_not_selected")
    assert operator.post("/installs/plan", json={"names": ["web01"], "live_ok": ["SN-web01"]}).status_code == 400
    assert arm(operator, ["web01", "web02"], 2, live_ok=["web02"]).status_code == 201
    armed = office.store.read(lambda tx: installs.recent(tx, SITE, 10))
    assert sorted(install.live_ok for install in armed) == [False, True]
