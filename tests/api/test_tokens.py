"""Tokens: made, listed, revoked; the text is told once and kept as a hash."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from rackwright.app.tokens import FIRST_TOKEN_FILE, first_token, who
from rackwright.decide.access import Role
from rackwright.store.store import Store
from tests.api.conftest import Office


def test_a_new_token_works_at_once_and_not_after_it_is_revoked(office: Office, admin: TestClient) -> None:
    made = admin.post("/tokens", json={"name": "ci", "role": "viewer"})
    assert made.status_code == 201
    headers = {"Authorization": f"Bearer {made.json()['token']}"}
    nobody = office.client("nobody")
    assert nobody.get("/status", headers=headers).status_code == 200
    assert nobody.get("/tokens", headers=headers).status_code == 403
    assert admin.delete(f"/tokens/{made.json()['id']}").status_code == 200
    assert nobody.get("/status", headers=headers).status_code == 401


def test_revoking_twice_changes_nothing(admin: TestClient) -> None:
    admin.post("/tokens", json={"name": "ci", "role": "viewer"})
    admin.delete("/tokens/ci")
    before = admin.get("/tokens").json()
    assert admin.delete("/tokens/ci").status_code == 200
    assert admin.get("/tokens").json() == before


def test_the_last_admin_stays(admin: TestClient) -> None:
    answer = admin.delete("/tokens/admin")
    assert answer.status_code == 409
    assert answer.json()["error"]["key"] == "token_last_admin"
    admin.post("/tokens", json={"name": "second", "role": "admin"})
    assert admin.delete("/tokens/admin").status_code == 200


def test_a_name_is_taken_until_its_token_is_revoked(admin: TestClient) -> None:
    assert admin.post("/tokens", json={"name": "viewer", "role": "admin"}).status_code == 409
    admin.delete("/tokens/viewer")
    assert admin.post("/tokens", json={"name": "viewer", "role": "viewer"}).status_code == 201


@pytest.mark.parametrize("name", ["", " ", "a b", "x" * 65, "'; DROP TABLE token; --", "../x", "\u202e", "a\nb", "<b>"])
def test_strange_names_are_refused(admin: TestClient, name: str) -> None:
    assert admin.post("/tokens", json={"name": name, "role": "viewer"}).status_code == 400


@pytest.mark.parametrize("role", ["root", "", None, 1, "ADMIN"])
def test_unknown_roles_are_refused(admin: TestClient, role: object) -> None:
    answer = admin.post("/tokens", json={"name": "x", "role": role})
    assert answer.status_code == 400
    assert answer.json()["error"]["values"]["field"] == "role"


def test_an_unknown_token_is_not_found(admin: TestClient) -> None:
    assert admin.delete("/tokens/' OR 1=1 --").status_code == 404


def test_no_text_of_a_token_is_in_the_database_or_in_a_list(office: Office, admin: TestClient) -> None:
    made: str = admin.post("/tokens", json={"name": "ci", "role": "viewer"}).json()["token"]
    assert re.fullmatch(r"rw_[0-9A-Za-z]{43}", made)
    assert made not in admin.get("/tokens").text
    rows = office.store.read(lambda tx: tx.execute(text("select * from token")).all())
    assert made not in str(rows)


def test_the_first_token_is_made_once_in_a_private_file(sqlite_store: Store, tmp_path: Path) -> None:
    first = first_token(sqlite_store, 1, tmp_path)
    assert first
    path = tmp_path / FIRST_TOKEN_FILE
    assert path.read_text().strip() == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    token = sqlite_store.read(lambda tx: who(tx, first))
    assert token is not None
    assert token.role is Role.ADMIN
    assert first_token(sqlite_store, 2, tmp_path) is None
    assert path.read_text().strip() == first
