"""A throw-away PostgreSQL server on a unix socket, run by an unprivileged user; it dies with the test process."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg

BIN = Path("/usr/lib/postgresql/15/bin")
_NUMBERS = count(1)
# Nothing here has to survive a crash of the host.
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off", "shared_buffers=32MB")


@dataclass(slots=True)
class Postgresql:
    directory: Path
    command: list[str | Path]
    server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.directory / "log").open("ab") as log:
            self.server = subprocess.Popen(self.command, stdout=log, stderr=log, cwd=self.directory)
        _wait(self, self.server)

    def stop(self) -> None:
        """A fast shutdown: clients are disconnected, their transactions rolled back."""
        if self.server is not None:
            self.server.send_signal(signal.SIGINT)
            self.server.wait(30)
            self.server = None

    def restart(self) -> None:
        self.stop()
        self.start()

    def url(self, database: str) -> str:
        return f"postgresql://rackwright@/{database}?host={self.directory}"

    def create(self, database: str, template: str = "template0") -> None:
        self._tell(f'CREATE DATABASE "{database}" TEMPLATE "{template}" STRATEGY file_copy')

    @contextmanager
    def copied(self, template: str) -> Generator[str]:
        """The URL of a copy of a database, dropped at the end."""
        name = f"test{next(_NUMBERS)}"
        self.create(name, template)
        try:
            yield self.url(name)
        finally:
            self._tell(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _tell(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def running_postgresql() -> Generator[Postgresql]:
    directory = Path(tempfile.mkdtemp(prefix="rackwright-pg-"))
    data = directory / "data"
    as_user: list[str] = []
    if os.geteuid() == 0:  # the server refuses to run as root
        user = pwd.getpwnam("postgres")
        os.chown(directory, user.pw_uid, user.pw_gid)
        as_user = ["--reuid", str(user.pw_uid), "--regid", str(user.pw_gid), "--clear-groups"]
    unprivileged = ["setpriv", *as_user, "--pdeathsig", "INT"]
    initdb = [BIN / "initdb", "-D", data, "-U", "rackwright", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"]
    settings = [word for setting in _FAST for word in ("-c", setting)]
    command = [BIN / "postgres", "-D", data, "-k", directory, "-c", "listen_addresses=", *settings]
    made = Postgresql(directory, [*unprivileged, *command])
    try:
        subprocess.run([*unprivileged, *initdb], check=True, capture_output=True, timeout=120, cwd=directory)
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(directory, ignore_errors=True)


def _wait(made: Postgresql, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            psycopg.connect(made.url("postgres")).close()
            return
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > until:
                raise RuntimeError((made.directory / "log").read_text()) from None
            time.sleep(0.05)
