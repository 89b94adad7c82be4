"""The command line against the real operators' door, in this process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from typer.testing import CliRunner, Result

from rackwright.cli.client import Client
from rackwright.cli.main import app
from rackwright.cli.session import Session
from tests.api.conftest import TEXTS, Office, office

__all__ = ["office"]


@dataclass
class Terminal:
    """`run` is one command as somebody types it; the exit code and the two outputs are in its result."""

    office: Office
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, typed: str = "") -> Result:
        session = Session("http://office", self.environment, self._connect)
        return CliRunner().invoke(app, list(arguments), input=typed, obj=session)

    def client(self, role: str = "admin") -> Client:
        return self._connect("http://office", TEXTS[role], "en")

    def _connect(self, server: str, token: str, language: str) -> Client:
        transport = self.office.client("nobody")._transport  # pyright: ignore[reportPrivateUsage]
        return Client(server, token, language, transport)


@pytest.fixture
def terminal(office: Office) -> Terminal:
    return Terminal(office, {"RACKWRIGHT_TOKEN": TEXTS["admin"], "LANG": "C.UTF-8"})


@pytest.fixture
def no_sleep(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], None]]:
    """What happens while the command sleeps: one of these at a time, then Ctrl-C."""
    meanwhile: list[Callable[[], None]] = []

    def sleep(_seconds: float) -> None:
        if not meanwhile:
            raise KeyboardInterrupt
        meanwhile.pop(0)()

    monkeypatch.setattr("rackwright.cli.follow.time.sleep", sleep)
    return meanwhile
