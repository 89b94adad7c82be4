"""The audit over the API: no act without its row, none undone without its own, nothing secret in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from rackwright import words
from rackwright.app import audit
from rackwright.decide.access import LOOKS, Act
from rackwright.doors.api.app import operators_app
from rackwright.doors.api.audited import act_of
from rackwright.store import installs, machines
from rackwright.values.errors import Transient
from rackwright.values.install import State
from tests.api.conftest import START_US, Office
from tests.api.test_roles import LEAST
from tests.builders import SITE, MachineBuilder, machine
from tests.unit.test_zstd_frames import frame

JSON = {"Content-Type": "application/json"}
CHANGING = ("POST", "PUT", "PATCH", "DELETE")
SHEET = b"hostname,serial,bmc address,bmc user,bmc password\nweb08,S8,10.0.0.8,admin,canary-password\nweb09,S9,,,\n"


def ready(hostname: str) -> MachineBuilder:
    return machine().named(hostname).with_serial(f"SN-{hostname}").having(os="debian-12", rack="A12")


@dataclass(frozen=True)
class Try:
    """An act that succeeds on `prepared`, and what its row says."""

    url: str
    act: str
    target: str
    how: dict[str, Any] = field(default_factory=dict[str, Any])
    reason: str = ""
    prepared: Callable[[Office], object] = lambda _: None


def armed(office: Office) -> None:
    body = {"names": ["web01"], "expect": 1}
    assert office.client("operator").post("/installs", json=body).status_code == 201


def protected(office: Office) -> None:
    body = {"names": ["web01"], "reason": "runs payroll"}
    assert office.client("operator").post("/machines/protect", json=body).status_code == 200


def held(office: Office) -> None:
    armed(office)
    cause = {"key": "disk_holds_data", "fingerprint": "f1", "serial": "D1"}

    def hold(tx: machines.Tx) -> None:
        found = machines.by_name(tx, SITE, "web01")
        install = installs.latest(tx, SITE, found.id) if found else None
        assert install is not None
        installs.move(tx, install, replace(install, state=State.HELD, cause=cause))

    office.store.write(hold)


def limited(office: Office) -> None:
    body = {"scope": "site", "resource": "writes", "value": 3}
    assert office.client("operator").put("/limits", json=body).status_code == 200


def with_token(office: Office) -> None:
    assert office.client("admin").post("/tokens", json={"name": "ci", "role": "viewer"}).status_code == 201


WHY = "disk replaced"
TRIES = {
    ("POST", "/machines/import"): Try("/machines/import", "import_machines", "2 machines", {"content": SHEET}),
    ("PATCH", "/machines/{name}"): Try(
        "/machines/web01", "set_machines", "web01", {"json": {"set": {"rack": "B1"}, "reason": WHY}}, WHY
    ),
    ("POST", "/machines/protect"): Try(
        "/machines/protect",
        "protect_machines",
        "2 machines",
        {"json": {"names": ["web01", "web02"], "reason": WHY}},
        WHY,
    ),
    ("POST", "/machines/{name}/unprotect"): Try(
        "/machines/SN-web01/unprotect", "unprotect_machines", "web01", {"json": {"reason": WHY}}, WHY, protected
    ),
    ("POST", "/installs"): Try(
        "/installs", "arm_installs", "web01", {"json": {"names": ["SN-web01"], "expect": 1, "reason": WHY}}, WHY
    ),
    ("POST", "/machines/{name}/cancel"): Try(
        "/machines/SN-web01/cancel", "cancel_installs", "web01", {"json": {"reason": WHY}}, WHY, armed
    ),
    ("POST", "/holds/approve"): Try(
        "/holds/approve",
        "approve_holds",
        "web01",
        {"json": {"fingerprint": "f1", "machines": [{"name": "web01", "disk": "D1"}], "reason": WHY}},
        WHY,
        held,
    ),
    ("PUT", "/limits"): Try(
        "/limits",
        "change_limits",
        "site writes",
        {"json": {"scope": "site", "resource": "writes", "value": 3, "reason": WHY}},
        WHY,
    ),
    ("DELETE", "/limits"): Try(
        "/limits",
        "change_limits",
        "site writes",
        {"params": {"scope": "site", "resource": "writes", "reason": WHY}},
        WHY,
        limited,
    ),
    ("PUT", "/images/{name}"): Try("/images/new", "add_images", "new", {"content": frame(b"x" * 4096)}),
    ("POST", "/tokens"): Try("/tokens", "make_tokens", "ci", {"json": {"name": "ci", "role": "viewer"}}),
    ("DELETE", "/tokens/{token}"): Try("/tokens/ci", "revoke_tokens", "ci", {}, "", with_token),
}


def rows(office: Office, **query: Any) -> list[dict[str, Any]]:
    answer = office.client("operator").get("/audit", params={"limit": 1000, **query})
    assert answer.status_code == 200, answer.text
    return answer.json()["acts"]


def everything_but_the_audit(office: Office) -> dict[str, list[Any]]:
    tables = ("machine", "machine_mac", "install", "event", "effect", "image", "token", "approval", "limit")
    return {
        table: sorted(office.store.read(lambda tx, t=table: tx.execute(text(f'SELECT * FROM "{t}"')).all()), key=str)
        for table in tables
    }


def tried(office: Office, route: tuple[str, str]) -> tuple[Try, Callable[[], Any]]:
    office.with_image()
    office.register(ready("web01"), ready("web02"))
    one = TRIES[route]
    one.prepared(office)
    return one, lambda: office.client("admin").request(route[0], one.url, **one.how)


def test_every_route_that_changes_something_is_tried_here() -> None:
    assert {route for route in LEAST if route[0] in CHANGING} - set(TRIES) == {("POST", "/installs/plan")}


def test_every_act_looks_or_has_a_route_that_changes_something(office: Office) -> None:
    acts: dict[Act, set[str]] = {}
    for route in _routes(operators_app(office.deps)):
        for method in route.methods:
            act = act_of(route, method)
            if act:
                acts.setdefault(act, set()).add(method)
    assert {act for act, methods in acts.items() if methods & set(CHANGING)} - LOOKS | {Act.RETRY_INSTALLS} == (
        set(Act) - LOOKS
    )
    assert {act for act, methods in acts.items() if "GET" in methods} <= LOOKS


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_every_act_has_its_name_in_words(language: str) -> None:
    assert [act for act in set(Act) - LOOKS if f"cli_act_{act.value}" not in words.texts(language)] == []


def _routes(router: Any) -> list[Any]:
    """Of the application and of every router in it."""
    found: list[Any] = []
    for route in router.routes:
        inner = getattr(route, "original_router", None)
        found += _routes(inner) if inner else [route]
    return found


@pytest.mark.parametrize("route", sorted(TRIES))
def test_what_is_done_leaves_one_row_that_says_who_what_and_why(office: Office, route: tuple[str, str]) -> None:
    one, act = tried(office, route)
    before = len(rows(office))
    assert act().status_code in (200, 201)
    row, *others = rows(office)
    assert len(others) == before
    said = (row["actor"], row["act"], row["target"], row["reason"], row["outcome"], row["text"])
    assert said == ("admin", one.act, one.target, one.reason, "done", "done")
    assert row["at"] > START_US


@pytest.mark.parametrize("route", sorted(TRIES))
def test_what_cannot_be_written_down_is_not_done(
    office: Office, route: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row is in the act's own transaction: where there is none, there is no act."""
    _, act = tried(office, route)
    before = everything_but_the_audit(office)

    def full(*_: object) -> None:
        raise Transient("database_busy", error="the disk is full")

    monkeypatch.setattr(audit.audit, "append", full)
    assert act().status_code == 503
    monkeypatch.undo()
    assert everything_but_the_audit(office) == before
    assert act().status_code in (200, 201)


@pytest.mark.parametrize("route", sorted(TRIES))
def test_who_may_not_leaves_a_row_too(office: Office, route: tuple[str, str]) -> None:
    one = TRIES[route]
    assert office.client("viewer").request(route[0], one.url, **one.how).status_code == 403
    (row,) = rows(office)
    assert (row["actor"], row["act"], row["outcome"]) == ("viewer", one.act, "role_too_low")
    assert "operator" in row["text"] or "admin" in row["text"]


@pytest.mark.parametrize("route", sorted(TRIES))
def test_strangers_leave_none(office: Office, route: tuple[str, str]) -> None:
    assert office.client("nobody").request(route[0], TRIES[route].url, **TRIES[route].how).status_code == 401
    assert rows(office) == []


@pytest.mark.parametrize(
    ("method", "url", "how", "act", "target", "outcome"),
    [
        ("POST", "/installs", {"json": {}}, "arm_installs", "", "request_wrong"),
        ("POST", "/installs", {"content": b"{broken", "headers": JSON}, "arm_installs", "", "request_not_json"),
        ("POST", "/installs", {"json": {"expect": 0}}, "arm_installs", "0 machines", "nothing_selected"),
        ("POST", "/installs", {"json": {"names": ["web01"], "expect": 7}}, "arm_installs", "web01", "plan_changed"),
        ("POST", "/installs", {"json": {"names": ["no"], "expect": 0}}, "arm_installs", "no", "machine_unknown"),
        ("POST", "/installs", {"json": {"names": ["web02"], "expect": 0}}, "arm_installs", "web02", "refused_protected"),
        (
            "POST", "/installs", {"json": {"names": ["web01"], "retry": True, "expect": 0}}, "retry_installs", "web01",
            "refused_nothing_to_retry",
        ),
        (
            "POST", "/installs", {"json": {"names": ["web02", "web03"], "expect": 0}}, "arm_installs", "2 machines",
            "none_allowed",
        ),
        ("POST", "/machines/import", {"content": b"\x00"}, "import_machines", "", None),
        ("POST", "/machines/import", {"content": b"hostname,rack\nweb0 1,A"}, "import_machines", "0 machines", "rows_wrong"),
        ("PATCH", "/machines/no", {"json": {"set": {}}}, "set_machines", "no", "machine_unknown"),
        ("PATCH", "/machines/web02", {"json": {"set": {"protected": "no"}}}, "set_machines", "web02", "register_protected"),
        ("POST", "/machines/no/cancel", {"json": {}}, "cancel_installs", "no", "machine_unknown"),
        ("POST", "/machines/web01/cancel", {"json": {"x": 1}}, "cancel_installs", "web01", "request_wrong"),
        ("POST", "/machines/web01/unprotect", {"json": {"reason": "x"}}, "unprotect_machines", "web01", "not_protected"),
        ("PUT", "/images/bad", {"content": b"", "params": {"sha256": "x"}}, "add_images", "bad", "image_digest_wrong"),
        ("DELETE", "/tokens/admin", {}, "revoke_tokens", "admin", "token_last_admin"),
    ],
)  # fmt: skip
def test_what_is_refused_leaves_a_row_with_the_reason(
    office: Office, method: str, url: str, how: dict[str, Any], act: str, target: str, outcome: str | None
) -> None:
    office.with_image()
    office.register(ready("web01"), ready("web02").protected(), ready("web03").in_service())
    answer = office.client("admin").request(method, url, **how)
    (row,) = rows(office)
    assert (row["actor"], row["act"], row["target"]) == ("admin", act, target)
    wanted = outcome or answer.json()["error"]["key"]
    assert row["outcome"] == wanted
    assert row["text"]
    assert not row["text"].startswith(wanted)


@pytest.mark.parametrize(
    ("method", "url"),
    [("POST", "/installs/plan"), ("GET", "/machines"), ("POST", "/no/such"), ("DELETE", "/machines/web01")],
)
def test_what_only_looks_or_is_nowhere_leaves_none(office: Office, method: str, url: str) -> None:
    office.client("admin").request(method, url)
    assert rows(office) == []


def test_a_dry_run_is_no_act(office: Office, operator: TestClient) -> None:
    for content in (SHEET, b"\x00"):
        operator.post("/machines/import", params={"dry_run": True}, content=content)
    assert rows(office) == []


def test_a_mistake_of_ours_is_on_record(office: Office, operator: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    office.register(ready("web01"))

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("rackwright.doors.api.routes.machines.set_machine", broken)
    assert operator.patch("/machines/web01", json={"set": {"rack": "B1"}, "reason": "x"}).status_code == 500
    (row,) = rows(office)
    assert (row["target"], row["reason"], row["outcome"]) == ("web01", "x", "bug")


def test_a_large_import_is_on_record_from_its_first_chunk_on(office: Office, operator: TestClient) -> None:
    lines = "".join(f"m{n:03d},S{n}\n" for n in range(450))
    operator.post("/machines/import", content=f"hostname,serial\n{lines}".encode())
    ended, begun = rows(office)
    assert (ended["outcome"], begun["outcome"]) == ("done", "begun")
    for row in (ended, begun):
        assert (row["target"], row["values"]["new"], row["values"]["names"][:2]) == (
            "450 machines",
            450,
            ["m000", "m001"],
        )
        assert len(row["values"]["names"]) == 50
    assert len(rows(office, target="m001")) == 2


def test_protecting_many_is_on_record_from_its_first_chunk_on(office: Office, operator: TestClient) -> None:
    office.register(*(ready(f"m{n:03d}") for n in range(250)))
    answer = operator.post("/machines/protect", json={"where": {"rack": "A12"}, "reason": WHY})
    assert answer.json()["counts"]["protected"] == 250
    assert [line["hostname"] for line in answer.json()["lines"]] == [f"m{n:03d}" for n in range(250)]
    ended, begun = rows(office)
    assert (ended["outcome"], begun["outcome"], ended["values"]["protected"]) == ("done", "begun", 250)
    assert (begun["target"], begun["reason"]) == ("250 machines", WHY)


def test_no_secret_is_in_it(office: Office, admin: TestClient) -> None:
    office.register(ready("web01"))
    made = admin.post("/tokens", json={"name": "ci", "role": "viewer"}).json()["token"]
    admin.post("/machines/import", content=SHEET)
    for password in ("canary-set", "canary\x07bad", "canary" * 700):
        admin.patch("/machines/web01", json={"set": {"bmc_password": password}})
    admin.patch("/machines/web01", json={"set": {"bmc_password": ["canary"]}, "bmc_password": "canary"})
    kept = str(office.store.read(lambda tx: tx.execute(text("SELECT * FROM audit")).all()))
    assert len(rows(office)) == 6
    assert made not in kept
    assert "canary" not in kept


def test_filters_pages_and_languages(office: Office, operator: TestClient, admin: TestClient) -> None:
    office.register(ready("web01"), ready("web02"))
    operator.patch("/machines/web01", json={"set": {"rack": "B1"}})
    middle = rows(office)[0]["at"]
    admin.patch("/machines/web02", json={"set": {"rack": "B1"}})
    admin.post("/machines/no/cancel", json={})
    assert [row["target"] for row in rows(office, actor="admin")] == ["no", "web02"]
    assert [row["target"] for row in rows(office, act="set_machines")] == ["web02", "web01"]
    assert [row["target"] for row in rows(office, target="web01")] == ["web01"]
    assert [row["target"] for row in rows(office, until=middle + 1)] == ["web01"]
    assert [row["target"] for row in rows(office, since=middle + 1)] == ["no", "web02"]
    page = operator.get("/audit", params={"limit": 2}).json()
    assert [row["target"] for row in page["acts"]] == ["no", "web02"]
    rest = operator.get("/audit", params={"limit": 2, "before": page["next"]}).json()
    assert ([row["target"] for row in rest["acts"]], rest["next"]) == (["web01"], "")
    chinese = operator.get("/audit", headers={"Accept-Language": "zh"}).json()["acts"]
    assert chinese[1]["text"] == "完成"
    assert "登记册" in chinese[0]["text"]


@pytest.mark.parametrize(
    "query", [{"act": "x"}, {"limit": 0}, {"limit": 1001}, {"since": "2h"}, {"until": -1}, {"actor": "a" * 300}]
)
def test_wrong_filters_are_refused(operator: TestClient, query: dict[str, Any]) -> None:
    assert operator.get("/audit", params=query).status_code == 400


@pytest.mark.parametrize("hostile", ["' OR 1=1 --", "%", "_", "\\", "{0}", "<script>"])
def test_hostile_names_are_data(office: Office, operator: TestClient, hostile: str) -> None:
    operator.post("/machines/protect", json={"names": [hostile, "web99"], "reason": hostile})
    (row,) = rows(office)
    assert (row["reason"], row["values"]["names"]) == (hostile, [hostile, "web99"])
    assert len(rows(office, target=hostile)) == 1
    assert rows(office, target=f"{hostile}x") == []
