"""Fixtures for every test: a migrated store on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from rackwright.store.engine import open_engine
from rackwright.store.migrate import migrate
from rackwright.store.store import Store
from tests.postgresql import Postgresql, running_postgresql

# How long an example takes says nothing on a shared machine.
hypothesis.settings.register_profile("rackwright", deadline=None)
hypothesis.settings.load_profile("rackwright")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Postgresql]:
    """A server of this test process, with a migrated database to copy."""
    with running_postgresql() as server:
        server.create("migrated")
        engine = open_engine(server.url("migrated"))
        migrate(engine)
        engine.dispose()
        yield server


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "rackwright.sqlite3"
    engine = open_engine(f"sqlite:///{path}")
    migrate(engine)
    engine.dispose()
    return path


@pytest.fixture
def sqlite_url(tmp_path: Path, migrated_sqlite: Path) -> str:
    path = tmp_path / "rackwright.sqlite3"
    shutil.copy(migrated_sqlite, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgresql_url(postgresql: Postgresql) -> Iterator[str]:
    with postgresql.copied("migrated") as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty migrated database of this test's own."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    opened = Store(database_url)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_store(sqlite_url: str) -> Iterator[Store]:
    """For tests of what does not depend on the database."""
    opened = Store(sqlite_url)
    yield opened
    opened.close()
