"""The operators' door over a real SQLite store, and a client for each role."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from rackwright.app import add_image
from rackwright.app.tokens import make_token
from rackwright.decide.access import Role
from rackwright.doors.api.app import operators_app
from rackwright.doors.api.deps import ApiDeps
from rackwright.images.files import ImageStore
from rackwright.settings import ProfileSettings, Settings
from rackwright.store import machines
from rackwright.store.store import Store
from rackwright.values.image import Image
from rackwright.values.machine import Machine
from rackwright.vault.vault import Vault
from tests import builders

PREFIX = "/api/v1"
START_US = 1_700_000_000_000_000


@dataclass(frozen=True)
class Office:
    """The server's side, for tests to prepare and look into."""

    deps: ApiDeps
    client: Callable[[str], TestClient]
    directory: Path

    @property
    def store(self) -> Store:
        return self.deps.store

    def register(self, *given: builders.MachineBuilder) -> list[Machine]:
        made = [builder.build() for builder in given]

        def put(tx: machines.Tx) -> None:
            for machine in made:
                machines.put(tx, machine)

        self.store.write(put)
        return made

    def with_image(self, name: str = "debian-12") -> Image:
        image = Image("ab" * 32, name, "zstd", 1000, 4096, 512, START_US)
        self.store.write(lambda tx: add_image.add_image(tx, image))
        return image


TEXTS = {role: f"rw_{role}_token" for role in ("viewer", "operator", "admin")}


@pytest.fixture
def office(sqlite_store: Store, tmp_path: Path) -> Iterator[Office]:
    with opened(sqlite_store, tmp_path) as office:
        yield office


@contextmanager
def opened(store: Store, directory: Path) -> Generator[Office]:
    ticking = itertools.count(START_US, 1_000_000)
    settings = Settings(site=builders.SITE, state_dir=directory, profile={"web": ProfileSettings()})
    images = ImageStore(directory / "images")
    deps = ApiDeps(store, settings, Vault(b"k" * 32), images, lambda: next(ticking))
    for role in Role:
        store.write(lambda tx, role=role: make_token(tx, START_US, role.value, role, TEXTS[role.value]))
    app = operators_app(deps)
    clients: list[TestClient] = []

    def client(role: str) -> TestClient:
        headers = {"Authorization": f"Bearer {TEXTS[role]}"} if role in TEXTS else {}
        made = TestClient(app, base_url=f"http://office{PREFIX}", headers=headers, raise_server_exceptions=False)
        clients.append(made)
        return made

    yield Office(deps, client, directory)
    for one in clients:
        one.close()


@pytest.fixture
def viewer(office: Office) -> TestClient:
    return office.client("viewer")


@pytest.fixture
def operator(office: Office) -> TestClient:
    return office.client("operator")


@pytest.fixture
def admin(office: Office) -> TestClient:
    return office.client("admin")
