"""Protection over the API: a reason, all or none on bad input, one machine at a time to lift it, no way around it."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.conftest import Office
from tests.builders import MachineBuilder, machine


def ready(hostname: str, **values: Any) -> MachineBuilder:
    return machine().named(hostname).with_serial(f"SN-{hostname}").having(os="debian-12", rack="A12", **values)


@pytest.fixture
def rack(office: Office) -> Office:
    office.with_image()
    office.register(ready("web01"), ready("web02"), ready("db01").having(rack="B1"))
    return office


def protect(client: TestClient, *names: str, reason: str = "runs payroll", **more: object) -> Any:
    return client.post("/machines/protect", json={"names": list(names), "reason": reason, **more})


def is_protected(client: TestClient) -> list[str]:
    return [one["hostname"] for one in client.get("/machines").json()["machines"] if one["protected"]]


def test_names_serials_and_places_are_protected_with_their_reason(rack: Office, operator: TestClient) -> None:
    answer = protect(operator, "SN-db01", where={"rack": "A12"})
    assert answer.json()["counts"] == {"protected": 3, "already": 0, "refused": 0}
    assert [line["verdict"] for line in answer.json()["lines"]] == ["protected"] * 3
    shown = operator.get("/machines/web01").json()
    assert (shown["protected"], shown["protection"]["by"], shown["protection"]["reason"]) == (
        True, "operator", "runs payroll",
    )  # fmt: skip
    assert shown["protection"]["at"] > 0
    last = operator.get("/machines/web01/log").json()["events"][-1]
    assert (last["kind"], last["actor"], last["values"]["reason"]) == ("machine_protected", "operator", "runs payroll")
    assert "runs payroll" in last["text"]


def test_no_flag_installs_over_it_and_the_plan_says_by_whom_and_why(rack: Office, operator: TestClient) -> None:
    protect(operator, "web01")
    asked = {"names": ["web01"], "reinstall": True, "reason": "anyway"}
    (line,) = operator.post("/installs/plan", json=asked).json()["lines"]
    assert (line["verdict"], line["key"]) == ("refused", "refused_protected")
    assert line["values"] == {"by": "operator", "reason": "runs payroll"}
    assert "operator" in line["text"]
    assert "runs payroll" in line["text"]
    assert operator.post("/installs", json={**asked, "expect": 0}).json()["installs"] == []


def test_an_unknown_name_is_told_and_nobody_is_protected(rack: Office, operator: TestClient) -> None:
    answer = protect(operator, "web01", "web98", "web99")
    assert answer.status_code == 404
    assert answer.json()["error"]["key"] == "machines_unknown"
    assert "web98, web99" in answer.json()["error"]["text"]
    assert is_protected(operator) == []


@pytest.mark.parametrize("reason", ["", "  ", None, "x" * 1001, "\0", 1])
def test_a_reason_is_needed(rack: Office, admin: TestClient, reason: Any) -> None:
    assert protect(admin, "web01", reason=reason).status_code == 400
    assert is_protected(admin) == []
    protect(admin, "web01")
    assert admin.post("/machines/web01/unprotect", json={"reason": reason}).status_code == 400
    assert admin.post("/machines/web01/unprotect", json={}).status_code == 400
    assert is_protected(admin) == ["web01"]


@pytest.mark.parametrize("body", [{}, {"names": []}, {"where": {"no_such": "x"}}, {"where": {"protected": "maybe"}}])
def test_what_selects_nobody_is_refused(rack: Office, operator: TestClient, body: dict[str, Any]) -> None:
    assert operator.post("/machines/protect", json={"reason": "x", **body}).status_code == 400


def test_a_place_without_machines_protects_nobody(rack: Office, operator: TestClient) -> None:
    assert operator.post("/machines/protect", json={"reason": "x", "where": {"rack": "Z9"}}).json()["lines"] == []


def test_protecting_twice_keeps_the_first_word(rack: Office, operator: TestClient, admin: TestClient) -> None:
    protect(operator, "web01")
    before = operator.get("/machines/web01").json()
    (line,) = protect(admin, "web01", reason="another").json()["lines"]
    assert (line["verdict"], line["values"]["by"]) == ("already", "operator")
    assert operator.get("/machines/web01").json() == before


def test_an_armed_install_gives_way(rack: Office, operator: TestClient) -> None:
    operator.post("/installs", json={"names": ["web01"], "expect": 1})
    (line,) = protect(operator, "web01").json()["lines"]
    assert (line["verdict"], line["key"]) == ("protected", "protected_and_cancelled")
    assert line["text"]
    (install,) = operator.get("/installs", params={"names": "web01"}).json()["installs"]
    assert install["state"] == "cancelled"
    assert "runs payroll" in install["text"]


def test_lifting_is_an_act_of_its_own_on_one_machine(rack: Office, operator: TestClient, admin: TestClient) -> None:
    protect(operator, "web01", "web02")
    assert operator.post("/machines/web01/unprotect", json={"reason": "x"}).status_code == 403
    assert is_protected(admin) == ["web01", "web02"]
    lifted = admin.post("/machines/SN-web01/unprotect", json={"reason": "payroll moved"})
    assert (lifted.status_code, lifted.json()["protected"], lifted.json()["protection"]) == (200, False, None)
    assert is_protected(admin) == ["web02"]
    last = admin.get("/machines/web01/log").json()["events"][-1]
    assert (last["kind"], last["values"]["was_by"]) == ("machine_unprotected", "operator")
    again = admin.post("/machines/web01/unprotect", json={"reason": "x"})
    assert (again.status_code, again.json()["error"]["key"]) == (409, "not_protected")
    assert admin.post("/machines/web99/unprotect", json={"reason": "x"}).status_code == 404
    assert admin.post("/machines/unprotect", json={"names": ["web02"], "reason": "x"}).status_code in (404, 405)


def test_an_edit_that_was_judged_before_does_not_undo_it(rack: Office, operator: TestClient) -> None:
    version = operator.get("/machines/web01").json()["version"]
    protect(operator, "web01")
    assert operator.get("/machines/web01").json()["version"] == version + 1
    operator.patch("/machines/web01", json={"set": {"rack": "C1"}})
    assert is_protected(operator) == ["web01"]


def test_the_register_s_column_protects_and_is_kept_by_an_import(rack: Office, operator: TestClient) -> None:
    operator.post("/machines/import", content=b"hostname,protected\nweb01,yes\n")
    shown = operator.get("/machines/web01").json()["protection"]
    assert (shown["by"], shown["reason"]) == ("operator", "")
    lifted = operator.post("/machines/import", content=b"hostname,protected\nweb01,no\n").json()
    assert lifted["rows"][0]["errors"][0]["key"] == "register_protected"


def test_those_that_are_and_those_that_are_not_can_be_listed(
    rack: Office, viewer: TestClient, operator: TestClient
) -> None:
    protect(operator, "web01")
    for given, wanted in (("yes", ["web01"]), ("no", ["db01", "web02"])):
        found = viewer.get("/machines", params={"protected": given}).json()["machines"]
        assert [one["hostname"] for one in found] == wanted
    assert viewer.get("/machines", params={"protected": "maybe"}).status_code == 400


def test_a_machine_may_be_called_protect(office: Office, operator: TestClient) -> None:
    office.register(ready("protect"))
    assert protect(operator, "protect").json()["counts"]["protected"] == 1
    assert operator.get("/machines/protect").json()["protected"]


def test_a_protection_that_a_file_brought_is_on_the_timeline(operator: TestClient) -> None:
    content = b"hostname,serial,protected\nweb77,SN77,yes\n"
    assert operator.post("/machines/import", content=content, headers={"Content-Type": "text/csv"}).status_code == 200
    kinds = [event["kind"] for event in operator.get("/machines/web77/log").json()["events"]]
    assert kinds == ["machine_added", "machine_protected"]
