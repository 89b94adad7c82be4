"""Every answer that is no success has one shape, in the caller's language, whatever was sent."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from tests.api.conftest import Office


def error_of(answer: object) -> dict[str, object]:
    body: dict[str, dict[str, object]] = answer.json()  # type: ignore[attr-defined]
    assert set(body) == {"error"}
    assert set(body["error"]) == {"key", "text", "values"}
    return body["error"]


def test_without_a_token_nothing_is_told(office: Office) -> None:
    answer = office.client("nobody").get("/status")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert error_of(answer)["key"] == "token_missing"


@pytest.mark.parametrize(
    "header",
    ["Bearer rw_wrong", "Bearer ", "Basic YTpi", "rw_admin_token", "Bearer rw_admin_token extra", "Bearer \x7f"],
)
def test_a_wrong_token_opens_nothing(office: Office, header: str) -> None:
    answer = office.client("nobody").get("/status", headers={"Authorization": header})
    assert answer.status_code == 401
    assert "rw_" not in str(error_of(answer)["values"])


def test_the_text_follows_the_language(office: Office) -> None:
    nobody = office.client("nobody")
    english = error_of(nobody.get("/status"))["text"]
    chinese = error_of(nobody.get("/status", headers={"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}))["text"]
    assert "token" in str(english)
    assert "令牌" in str(chinese)


@pytest.mark.parametrize("path", ["/no/such/route", "/machines/a/b/c/d", "/../../etc/passwd"])
def test_unknown_routes_have_the_same_shape(viewer: TestClient, path: str) -> None:
    answer = viewer.get(path)
    assert answer.status_code == 404
    assert error_of(answer)["key"] == "route_unknown"


def test_a_wrong_method_has_the_same_shape(admin: TestClient) -> None:
    assert error_of(admin.delete("/status"))["key"] == "method_wrong"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b'"text"',
        b"[" * 100_000,
        b'{"names": "web01"}',
        b'{"names": [1, {}]}',
        b'{"names": ["a"], "no_such_field": 1}',
        b'{"names": ["a"], "reinstall": {"$ne": null}}',
        b'{"names": ["\\ud800"]}',
        b"\xff\xfe\x00",
        b'{"where": {"rack": 12e400}}',
        b'{"names": ["' + b"a" * 300 + b'"]}',
    ],
)
def test_hostile_bodies_are_refused_in_words(operator: TestClient, body: bytes) -> None:
    answer = operator.post("/installs/plan", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    error = error_of(answer)
    assert error["text"]


def test_what_was_sent_is_not_repeated(operator: TestClient) -> None:
    answer = operator.post("/installs/plan", json={"names": [], "reinstall": "canary-secret"})
    assert answer.status_code == 400
    assert "canary-secret" not in answer.text
    assert error_of(answer)["values"]["field"] == "reinstall"  # type: ignore[index]


def test_a_body_too_large_is_refused_by_its_announcement(operator: TestClient) -> None:
    answer = operator.post("/installs/plan", content=b"x" * (2 << 20))
    assert answer.status_code == 413
    assert error_of(answer)["key"] == "body_too_large"


def test_a_body_too_large_is_refused_though_its_length_is_not_announced(operator: TestClient) -> None:
    pieces = (b"x" * 65536 for _ in range(64))
    answer = operator.post("/installs/plan", content=pieces, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
    assert error_of(answer)["key"] == "body_too_large"


def test_a_bug_is_told_without_its_details(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    from rackwright.doors.api.routes import tokens

    def broken(_tx: object) -> None:
        raise RuntimeError("secret inside")

    monkeypatch.setattr(tokens.tokens, "list_tokens", broken)
    answer = office.client("admin").get("/tokens")
    assert answer.status_code == 500
    assert error_of(answer)["key"] == "bug"
    assert "secret" not in answer.text


def test_a_busy_database_asks_to_come_again(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    from rackwright.doors.api.routes import tokens
    from rackwright.values.errors import Transient

    def busy(_tx: object) -> None:
        raise Transient("database_busy")

    monkeypatch.setattr(tokens.tokens, "list_tokens", busy)
    answer = office.client("admin").get("/tokens")
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0


def test_the_description_is_served_and_names_every_route(office: Office) -> None:
    description = office.client("nobody").get("/openapi.json").json()
    paths = set(description["paths"])
    assert {"/api/v1/machines", "/api/v1/installs", "/api/v1/images/{name}", "/api/v1/tokens"} <= paths
    assert "docs" not in str(paths)
    assert office.client("viewer").get("http://office/docs").status_code == 404


def test_a_limit_a_role_and_a_broken_body_are_named(operator: TestClient, viewer: TestClient) -> None:
    large = operator.post("/machines/import", content=b"x", headers={"Content-Length": str(22 << 20)})
    assert "at most 21 MiB" in error_of(large)["text"]
    low = viewer.patch("/machines/web01", json={"set": {}})
    assert "needs a token of role operator; yours is viewer" in error_of(low)["text"]
    broken = operator.post("/installs/plan", content=b"{bad", headers={"Content-Type": "application/json"})
    assert error_of(broken)["text"] == "The request's body is no JSON: it breaks at character 1."
