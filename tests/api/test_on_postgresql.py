"""The same door over PostgreSQL: what is about machines, installs and tokens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rackwright.store.store import Store
from tests.api.conftest import Office, opened
from tests.api.test_audit import *  # noqa: F403
from tests.api.test_installs import *  # noqa: F403
from tests.api.test_machines import *  # noqa: F403
from tests.api.test_protect import *  # noqa: F403
from tests.api.test_tokens import *  # noqa: F403


@pytest.fixture
def office(postgresql_url: str, tmp_path: Path) -> Iterator[Office]:
    store = Store(postgresql_url)
    with opened(store, tmp_path) as office:
        yield office
    store.close()
