"""The register over the API: listed, changed, imported, exported."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from rackwright.app.spreadsheets import write_csv, write_xlsx
from rackwright.store import sightings
from rackwright.store.sightings import Discovered
from tests.api.conftest import Office
from tests.builders import SITE, machine

HEADER = ["hostname", "serial", "rack", "os", "bmc type", "bmc address", "bmc user", "bmc password"]
WEB01 = ["web01", "712DM2X", "A12", "debian-12", "ipmi", "10.77.0.201", "admin", "canary-password"]
WEB02 = ["web02", "712DM2Y", "A12", "debian-12", "ipmi", "10.77.0.202", "admin", "canary-password"]
HOSTILE = ["' OR 1=1 --", "web01'; DROP TABLE machine;", "%", "..%2F..", "%00", "%F0%9F%98%80", "{}", "x" * 5000]


def upload(client: TestClient, *rows: list[str], **query: Any) -> Any:
    return client.post("/machines/import", params=query, content=write_csv([HEADER, *rows]))


def names(answer: Any) -> list[str]:
    return [one["hostname"] for one in answer.json()["machines"]]


def test_a_file_is_judged_row_by_row_and_written(operator: TestClient) -> None:
    report = upload(operator, WEB01, WEB02).json()
    assert [(row["line"], row["hostname"], row["verdict"]) for row in report["rows"]] == [
        (2, "web01", "new"),
        (3, "web02", "new"),
    ]
    assert (report["written"], report["counts"]["new"]) == (2, 2)
    assert names(operator.get("/machines")) == ["web01", "web02"]


def test_importing_twice_changes_nothing(operator: TestClient) -> None:
    upload(operator, WEB01, WEB02)
    before = operator.get("/machines").json()
    again = upload(operator, WEB01, WEB02).json()
    assert (again["written"], again["counts"]["unchanged"]) == (0, 2)
    assert operator.get("/machines").json() == before


def test_one_wrong_row_keeps_all_out_unless_told_otherwise(operator: TestClient) -> None:
    wrong = [*WEB02[:5], "no address", *WEB02[6:]]
    answer = upload(operator, WEB01, wrong)
    assert answer.status_code == 200
    assert (answer.json()["written"], answer.json()["rows"][1]["verdict"]) == (0, "error")
    assert answer.json()["rows"][1]["errors"][0]["text"]
    assert names(operator.get("/machines")) == []
    assert upload(operator, WEB01, wrong, skip_bad=True).json()["written"] == 1
    assert names(operator.get("/machines")) == ["web01"]


def test_a_dry_run_writes_nothing(operator: TestClient) -> None:
    assert upload(operator, WEB01, dry_run=True).json()["rows"][0]["verdict"] == "new"
    assert names(operator.get("/machines")) == []


@pytest.mark.parametrize("content", [b"", b"\x00\x01", b"PK\x03\x04 broken", b"<html>", b'"open', b"a,b\n1,2\n"])
def test_hostile_files_are_refused_in_words(operator: TestClient, content: bytes) -> None:
    answer = operator.post("/machines/import", content=content)
    if answer.status_code == 200:
        assert answer.json()["written"] == 0
    else:
        assert answer.status_code == 400
        assert answer.json()["error"]["text"]


def test_a_file_too_large_is_refused(operator: TestClient) -> None:
    assert operator.post("/machines/import", content=b"x" * (22 << 20)).status_code == 413


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_is_exported_imports_back_unchanged_and_holds_no_password(operator: TestClient, kind: str) -> None:
    upload(operator, WEB01, WEB02)
    content = operator.get("/machines/export", params={"format": kind}).content
    assert b"canary" not in content
    report = operator.post("/machines/import", content=content).json()
    assert (report["written"], report["counts"]["unchanged"]) == (0, 2)


def test_a_spreadsheet_of_excel_is_read(operator: TestClient) -> None:
    content = write_xlsx([HEADER, WEB01])
    assert operator.post("/machines/import", content=content).json()["written"] == 1


def test_no_answer_holds_a_password(office: Office, operator: TestClient) -> None:
    told = [upload(operator, WEB01), operator.get("/machines"), operator.get("/machines/web01")]
    told.append(operator.patch("/machines/web01", json={"set": {"bmc password": "canary-other"}}))
    told += [operator.get("/machines/web01/log"), operator.get("/machines/export")]
    assert all(answer.status_code == 200 for answer in told)
    assert not any("canary" in answer.text for answer in told)
    assert operator.get("/machines/web01").json()["bmc_password_set"] is True


def test_one_machine_by_hostname_or_serial(operator: TestClient) -> None:
    upload(operator, WEB01)
    by_name = operator.get("/machines/web01").json()
    assert operator.get("/machines/712DM2X").json() == by_name
    assert (by_name["install"], by_name["facts"], by_name["state"]) == (None, None, "")
    assert operator.get("/machines/web99").status_code == 404


def test_fields_are_changed_by_the_names_of_their_columns(operator: TestClient) -> None:
    upload(operator, WEB01, WEB02)
    changed = operator.patch("/machines/web01", json={"set": {"serial": "712DM9Z", "labels.env": "prod"}}).json()
    assert (changed["serial"], changed["labels"]) == ("712DM9Z", {"env": "prod"})
    taken = operator.patch("/machines/web01", json={"set": {"serial": "712DM2Y"}})
    assert taken.status_code == 400
    assert operator.get("/machines/web01").json()["serial"] == "712DM9Z"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"set": []},
        {"set": {"no such field": "x"}},
        {"set": {"id": "x"}},
        {"set": {"site": "other"}},
        {"set": {"hostname": ""}},
        {"set": {"hostname": "a b"}},
        {"set": {"vlan": "5000"}},
        {"set": {"addresses": "999.1.1.1/24"}},
        {"set": {"serial": 5}},
        {"set": {"rack": "x" * 5000}},
        {"set": {"rack": "a\u0000b"}},
        {"set": {"macs": "ff:ff:ff:ff:ff:ff"}},
        {"set": {"rack": "A1"}, "more": 1},
    ],
)
def test_wrong_changes_are_refused_whole(operator: TestClient, body: object) -> None:
    upload(operator, WEB01)
    before = operator.get("/machines/web01").json()
    answer = operator.patch("/machines/web01", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["text"]
    assert operator.get("/machines/web01").json() == before


def test_pages_follow_one_another(office: Office, viewer: TestClient) -> None:
    office.register(*(machine().named(f"m{n:02d}") for n in range(25)))
    first = viewer.get("/machines", params={"limit": 10}).json()
    second = viewer.get("/machines", params={"limit": 10, "after": first["next"]}).json()
    third = viewer.get("/machines", params={"limit": 10, "after": second["next"]}).json()
    found = [one["hostname"] for page in (first, second, third) for one in page["machines"]]
    assert found == [f"m{n:02d}" for n in range(25)]
    assert third["next"] == ""
    assert viewer.get("/machines", params={"limit": 25}).json()["next"] == ""


def test_lists_are_narrowed_by_column_label_and_state(office: Office, operator: TestClient) -> None:
    office.with_image()
    ready = machine().with_serial("S1").having(os="debian-12", rack="A12", labels=(("env", "prod"),))
    office.register(ready.named("web01"), machine().named("web02").having(rack="A12"), machine().named("db01"))
    operator.post("/installs", json={"names": ["web01"], "expect": 1})
    assert names(operator.get("/machines", params={"rack": "A12"})) == ["web01", "web02"]
    assert names(operator.get("/machines", params={"rack": "A12", "hostname": "web02"})) == ["web02"]
    assert names(operator.get("/machines", params={"label.env": "prod"})) == ["web01"]
    assert names(operator.get("/machines", params={"label.env": "test"})) == []
    assert names(operator.get("/machines", params={"state": "queued"})) == ["web01"]
    assert names(operator.get("/machines", params={"site": SITE, "service": "new"})) == ["db01", "web01", "web02"]
    assert names(operator.get("/machines", params={"site": "elsewhere"})) == []


@pytest.mark.parametrize(
    "query", [{"no_such": "x"}, {"bmc_password": "x"}, {"limit": "0"}, {"limit": "x"}, {"id": "x"}]
)
def test_wrong_filters_are_refused(viewer: TestClient, query: dict[str, str]) -> None:
    assert viewer.get("/machines", params=query).status_code == 400


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_find_nobody(office: Office, operator: TestClient, name: str) -> None:
    office.register(machine().named("web01"))
    for answer in (
        operator.get(f"/machines/{name}"),
        operator.patch(f"/machines/{name}", json={"set": {"rack": "A1"}}),
        operator.post(f"/machines/{name}/cancel", json={}),
    ):
        assert answer.status_code in (400, 404, 405)
    assert names(operator.get("/machines", params={"rack": name})) == []
    assert names(operator.get("/machines")) == ["web01"]


def test_machines_that_nobody_registered_are_listed(office: Office, viewer: TestClient) -> None:
    seen = Discovered("52:54:00:00:00:01", "<script>", "QEMU", "Standard PC", "10.77.0.105", 1, 2, facts="{}")
    office.store.write(lambda tx: sightings.put_discovered(tx, SITE, seen))
    (found,) = viewer.get("/discovered").json()["discovered"]
    assert (found["mac"], found["serial"], found["last_at"]) == ("52:54:00:00:00:01", "<script>", 2)
    assert "facts" not in found


@pytest.mark.parametrize("row", [{"mac": "52:54:00:00:00:01"}, {"serial": "SN1"}])
def test_a_discovered_machine_that_is_registered_leaves_the_list(
    office: Office, viewer: TestClient, row: dict[str, str]
) -> None:
    for mac in ("52:54:00:00:00:01", "52:54:00:00:00:02"):
        seen = Discovered(mac, f"sn{mac[-1]}", "QEMU", "Standard PC", "10.77.0.105", 1, 2)
        office.store.write(lambda tx, seen=seen: sightings.put_discovered(tx, SITE, seen))
    known = machine().named("web01")
    office.register(known.with_serial(row["serial"]) if "serial" in row else known.with_macs(row["mac"]))
    assert [one["mac"] for one in viewer.get("/discovered").json()["discovered"]] == ["52:54:00:00:00:02"]
