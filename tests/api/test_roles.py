"""Every route, walked with every role: what is not allowed is refused before anything is looked at."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from rackwright.doors.api.app import operators_app
from tests.api.conftest import PREFIX, Office

VIEWER, OPERATOR, ADMIN = "viewer", "operator", "admin"
LEAST = {
    ("GET", "/machines"): VIEWER,
    ("GET", "/machines/{name}"): VIEWER,
    ("GET", "/machines/{name}/why"): VIEWER,
    ("PATCH", "/machines/{name}"): OPERATOR,
    ("POST", "/machines/import"): OPERATOR,
    ("POST", "/machines/protect"): OPERATOR,
    ("POST", "/machines/{name}/unprotect"): ADMIN,
    ("GET", "/audit"): OPERATOR,
    ("GET", "/machines/export"): VIEWER,
    ("GET", "/discovered"): VIEWER,
    ("POST", "/installs/plan"): VIEWER,
    ("POST", "/installs"): OPERATOR,
    ("GET", "/installs"): VIEWER,
    ("POST", "/machines/{name}/cancel"): OPERATOR,
    ("GET", "/holds"): VIEWER,
    ("POST", "/holds/approve"): OPERATOR,
    ("GET", "/machines/{name}/log"): VIEWER,
    ("GET", "/images"): VIEWER,
    ("PUT", "/images/{name}"): ADMIN,
    ("GET", "/tokens"): ADMIN,
    ("POST", "/tokens"): ADMIN,
    ("DELETE", "/tokens/{token}"): ADMIN,
    ("GET", "/status"): VIEWER,
    ("GET", "/limits"): VIEWER,
    ("PUT", "/limits"): OPERATOR,
    ("DELETE", "/limits"): OPERATOR,
}
RANK = (VIEWER, OPERATOR, ADMIN)


def ask(client: TestClient, method: str, path: str) -> int:
    """Without a body: who may pass gets something other than 401 and 403."""
    return client.request(method, path.format(name="web99", token="none")).status_code


@pytest.mark.parametrize(("method", "path"), sorted(LEAST))
def test_each_role_reaches_exactly_what_it_may(office: Office, method: str, path: str) -> None:
    assert ask(office.client("nobody"), method, path) == 401
    for role in RANK:
        status = ask(office.client(role), method, path)
        if RANK.index(role) < RANK.index(LEAST[method, path]):
            assert status == 403, role
        else:
            assert status not in (401, 403, 405, 500), role


def test_no_route_is_missing_here(office: Office) -> None:
    description = operators_app(office.deps).openapi()
    known = {
        (method.upper(), path.removeprefix(PREFIX)) for path, acts in description["paths"].items() for method in acts
    }
    assert known == set(LEAST)


def test_a_stranger_is_refused_before_the_request_is_read(office: Office) -> None:
    for headers in ({}, {"Authorization": "Bearer rw_guess"}):
        broken = {"Content-Type": "application/json", **headers}
        nobody = office.client("nobody")
        assert nobody.post("/installs", content=b"{broken", headers=broken).status_code == 401
        assert nobody.post("/machines/import", content=b"x" * (30 << 20), headers=headers).status_code == 401
        assert nobody.get("/no/such/route", headers=headers).status_code == 401


def test_who_may_not_import_is_refused_before_the_file_is_read(office: Office) -> None:
    assert office.client("viewer").post("/machines/import", content=b"not a sheet \x00").status_code == 403
