"""One site with web01 registered and armed, on SQLite and on PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest

from rackwright.store.store import Store
from tests.story import Site


@pytest.fixture
def site(sqlite_store: Store, tmp_path: Path) -> Site:
    made = Site(sqlite_store, tmp_path)
    made.register()
    made.arm()
    return made


@pytest.fixture
def any_site(store: Store, tmp_path: Path) -> Site:
    """On each database."""
    made = Site(store, tmp_path)
    made.register()
    made.arm()
    return made
