"""A site on SQLite; a few tests take both databases."""

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
