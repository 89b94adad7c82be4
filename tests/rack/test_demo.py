"""The demo as a new user runs it, with the Debian image: on SQLite, and with a real PostgreSQL behind the server."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.rack.installed_rack import TOP

pytestmark = [pytest.mark.slow, pytest.mark.rack, pytest.mark.root]


def test_the_demo_ends_as_it_should(database_url: str) -> None:
    environment = os.environ | ({} if database_url.startswith("sqlite") else {"RACKWRIGHT_DATABASE": database_url})
    command = [sys.executable, "-m", "virtualrack.demo", "--once"]
    done = subprocess.run(command, cwd=TOP, env=environment, capture_output=True, text=True, timeout=1800)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "As it should be: db01 done, web01 done, web02 held" in done.stdout
