"""What every command needs: the server, the token, the language, the screen. Read once, given around."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Never

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from rackwright.cli.client import Client

OK, ERROR, USAGE, SOME_FAILED, NOTHING = 0, 1, 2, 3, 4
DEFAULT_SERVER = "http://127.0.0.1:7740"
Json = Annotated[bool, typer.Option("--json", help="The API's own answer, for scripts.")]


@dataclass(frozen=True)
class Session:
    """One run of the command. `connect` is replaced in tests by one that needs no network."""

    server: str
    environment: Mapping[str, str]
    connect: Callable[[str, str, str], Client]

    @property
    def language(self) -> str:
        from rackwright.words import language_of

        return language_of(self.environment)

    def say(self, key: str, **values: object) -> str:
        from rackwright.words import say

        return say(self.language, key, values)

    def client(self) -> Client:
        return self.connect(self.server, self._token(), self.language)

    def console(self) -> Console:
        from rich.console import Console

        return Console(highlight=False, soft_wrap=not sys.stdout.isatty())

    def note(self, text: str) -> None:
        """For the person, beside the result: standard error."""
        print(text, file=sys.stderr)

    def fail(self, text: str, code: int = ERROR) -> Never:
        self.note(text)
        raise typer.Exit(code)

    def _token(self) -> str:
        """From RACKWRIGHT_TOKEN, else from a file; never from an argument, which every user of the host can see."""
        if token := self.environment.get("RACKWRIGHT_TOKEN"):
            return token.strip()
        named = self.environment.get("RACKWRIGHT_TOKEN_FILE")
        home = self.environment.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
        path = Path(named) if named else Path(home) / "rackwright" / "token"
        try:
            return path.read_text().strip()
        except FileNotFoundError:
            if named:
                self.fail(self.say("cli_token_file_missing", path=path))
            return ""
        except OSError as error:
            self.fail(self.say("cli_token_file_unreadable", path=path, error=error.strerror))


def _connect(server: str, token: str, language: str) -> Client:
    from rackwright.cli.client import Client

    return Client(server, token, language)


def new_session(server: str) -> Session:
    return Session(server, os.environ, _connect)


@contextmanager
def asking(context: typer.Context) -> Generator[Session]:
    """Runs a command's body; a refusal of the server becomes its text and exit code 1."""
    from rackwright.cli.client import Refused

    session = context.find_object(Session)
    assert session is not None
    try:
        yield session
    except Refused as error:
        session.fail(error.text)


def print_raw(raw: bytes) -> None:
    """The server's own JSON, for scripts."""
    sys.stdout.write(raw.decode())
    sys.stdout.write("\n")
