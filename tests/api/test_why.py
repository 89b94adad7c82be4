"""GET /machines/{name}/why: a paragraph in the asker's language, its parts, and a clear error for a wrong name."""

from __future__ import annotations

from starlette.testclient import TestClient

from tests.api.conftest import Office
from tests.builders import machine


def test_a_machine_without_an_install_is_explained_to_a_viewer(office: Office, viewer: TestClient) -> None:
    office.register(machine().named("web01").with_serial("SN1").protected())
    said = viewer.get("/machines/sn1/why").json()
    assert (said["hostname"], said["state"], said["waits"], said["next"]) == ("web01", "", "nothing", ["disk"])
    assert said["text"].startswith("web01 has no install and waits for nothing")
    assert "because: runs payroll" in said["text"]
    assert said["do"].splitlines()[-1] == "rackwright machines unprotect web01 --reason …"
    assert (said["seen"], said["likely"], said["next_at"]) == ([], [], 0)


def test_it_is_told_in_the_askers_language(office: Office, viewer: TestClient) -> None:
    office.register(machine().named("web01"))
    said = viewer.get("/machines/web01/why", headers={"Accept-Language": "zh-CN"}).json()
    assert said["text"].startswith("web01 没有安装，不在等待任何事")


def test_an_armed_machine_waits_for_its_permit(office: Office, operator: TestClient) -> None:
    image = office.with_image()
    office.register(machine().named("web01").with_serial("SN1").having(os=image.name))
    assert operator.post("/installs", json={"names": ["web01"], "expect": 1}).status_code == 201
    said = operator.get("/machines/web01/why").json()
    assert (said["state"], said["waits"]) == ("queued", "permit")
    assert said["since"] > 0


def test_a_name_that_nobody_has_is_an_error_that_says_what_to_do(viewer: TestClient) -> None:
    answer = viewer.get("/machines/nobody/why")
    assert answer.status_code == 404
    assert answer.json()["error"]["key"] == "machine_unknown"
    assert "rackwright machines list" in answer.json()["error"]["text"]


def test_nobody_is_told_without_a_token(office: Office) -> None:
    assert office.client("nobody").get("/machines/web01/why").status_code == 401
