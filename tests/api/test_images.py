"""Images: kept whole and checked, or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from tests.api.conftest import Office
from tests.unit.test_zstd_frames import frame

SYSTEM = frame(b"x" * 4096)
DIGEST = hashlib.sha256(SYSTEM).hexdigest()


def nothing_left(office: Office) -> bool:
    directory = office.directory / "images"
    files = [path for path in directory.rglob("*") if path.is_file()] if directory.exists() else []
    return not files and not office.client("viewer").get("/images").json()["images"]


def test_an_image_is_kept_under_its_digest(office: Office, admin: TestClient) -> None:
    answer = admin.put("/images/debian-12", params={"sha256": DIGEST}, content=SYSTEM)
    assert answer.status_code == 200
    image = answer.json()
    assert (image["name"], image["sha256"], image["raw_bytes"], image["sector_bytes"]) == (
        "debian-12",
        DIGEST,
        4096,
        512,
    )
    assert image["size_bytes"] == len(SYSTEM)
    path = office.deps.images.path(DIGEST)
    assert path is not None
    assert path.read_bytes() == SYSTEM
    assert admin.get("/images").json()["images"] == [image]
    assert not list((office.directory / "images" / "incoming").iterdir())


def test_adding_it_again_changes_only_its_time(office: Office, admin: TestClient) -> None:
    first = admin.put("/images/debian-12", content=SYSTEM).json()
    again = admin.put("/images/debian-12", content=SYSTEM).json()
    assert again.pop("added_at") > first.pop("added_at")
    assert again == first
    assert len(admin.get("/images").json()["images"]) == 1


def test_one_file_has_one_name(office: Office, admin: TestClient) -> None:
    admin.put("/images/debian-12", content=SYSTEM)
    answer = admin.put("/images/other", content=SYSTEM)
    assert answer.status_code == 409
    assert office.deps.images.path(DIGEST)


def test_an_uncompressed_image_is_as_large_as_its_file(admin: TestClient) -> None:
    answer = admin.put("/images/raw", params={"compression": "none"}, content=b"\0" * 1024)
    assert answer.json()["raw_bytes"] == 1024


def test_a_size_that_the_file_does_not_tell_must_be_given(office: Office, admin: TestClient) -> None:
    piped = frame(b"x" * 512, size_known=False)
    assert admin.put("/images/piped", content=piped).json()["error"]["key"] == "image_size_unknown"
    assert nothing_left(office)
    assert admin.put("/images/piped", params={"raw_bytes": 512}, content=piped).json()["raw_bytes"] == 512


@pytest.mark.parametrize(
    ("query", "content", "key"),
    [
        ({"sha256": "0" * 64}, SYSTEM, "image_digest_differs"),
        ({"sha256": DIGEST}, SYSTEM[:-1], "image_digest_differs"),
        ({"sha256": "zz"}, SYSTEM, "image_digest_wrong"),
        ({}, SYSTEM[:-1], "image_cut_off"),
        ({}, b"", "image_empty"),
        ({}, b"plain text", "image_not_zstd"),
        ({"raw_bytes": "4097"}, SYSTEM, "image_size_differs"),
        ({"sector_bytes": "513"}, SYSTEM, "image_sector_wrong"),
        ({"sector_bytes": "-1"}, SYSTEM, "image_sector_wrong"),
        ({"compression": "xz"}, SYSTEM, "image_compression_wrong"),
        ({"compression": "none"}, b"x" * 100, "image_not_whole_sectors"),
        ({"raw_bytes": "0"}, SYSTEM, "request_wrong"),
        ({"raw_bytes": "many"}, SYSTEM, "request_wrong"),
    ],
)
def test_a_wrong_image_leaves_nothing(
    office: Office, admin: TestClient, query: dict[str, str], content: bytes, key: str
) -> None:
    answer = admin.put("/images/debian-12", params=query, content=content)
    assert answer.status_code == 400
    assert answer.json()["error"]["key"] == key
    assert nothing_left(office)


@pytest.mark.parametrize("name", ["..", "a%2Fb", "a%00", "%3B", "-x", "x" * 65, "a%20b"])
def test_strange_names_are_refused(office: Office, admin: TestClient, name: str) -> None:
    assert admin.put(f"/images/{name}", content=SYSTEM).status_code in (400, 404, 405)
    assert nothing_left(office)


def test_an_upload_that_breaks_off_leaves_nothing(office: Office, admin: TestClient) -> None:
    def broken() -> Iterator[bytes]:
        yield SYSTEM[:100]
        raise OSError("the line is cut")

    assert admin.put("/images/debian-12", content=broken()).status_code == 500
    assert nothing_left(office)


def test_an_image_for_which_there_is_no_room_is_refused_before_it_is_sent(office: Office, admin: TestClient) -> None:
    answer = admin.put("/images/big", content=b"", headers={"Content-Length": str(255 << 30)})
    assert answer.json()["error"]["key"] in ("image_no_room", "image_empty")
    assert nothing_left(office)


def test_a_restart_sweeps_what_a_crash_left(office: Office) -> None:
    from rackwright.images.files import ImageStore

    images = ImageStore(office.directory / "images")
    images.receive().write(b"half")
    images.sweep()
    assert nothing_left(office)


def test_paths_are_only_for_digests(office: Office, admin: TestClient) -> None:
    admin.put("/images/debian-12", content=SYSTEM)
    for strange in ("../rackwright.sqlite3", "", "incoming", DIGEST.upper(), DIGEST[:-1]):
        assert office.deps.images.path(strange) is None
