"""This host, as the checks ask about it, and the one place where checks meet the real thing."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import hashlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from rackwright.app.check_host import Database, check_host
from rackwright.app.check_networks import Interface, PortState
from rackwright.app.finding import Finding, Level, good
from rackwright.dhcp.probe import other_servers
from rackwright.reach.echo import may_ping
from rackwright.settings import Settings, read_settings
from rackwright.store import images
from rackwright.store.migrate import newest_version, schema_version
from rackwright.store.store import Store
from rackwright.values.errors import OperatorMustFix, Transient

_SEARCH = "/usr/sbin:/usr/local/sbin:/sbin:/usr/bin:/bin"
_TIMEX_BYTES = 208
_CLOCK_UNSYNCHRONISED = 5


def check(config: Path | None) -> list[Finding]:
    """Everything `rackwright check` says, from the settings file on."""
    try:
        settings = read_settings(config)
        networks = settings.networks()
    except OperatorMustFix as wrong:
        return [Finding(Level.ERROR, wrong.key, wrong.values)]
    except ValueError as wrong:
        return [Finding(Level.ERROR, "setting_wrong", _about(config) | {"setting": "network", "error": str(wrong)})]
    return [good("settings_read", **_about(config)), *check_host(settings, networks, LocalHost())]


def _about(config: Path | None) -> dict[str, object]:
    return {"path": str(config or "-")}


class LocalHost:
    """The Host of app.check_host."""

    def refusal_to_write(self, directory: Path) -> str:
        there = next(path for path in (directory.absolute(), *directory.absolute().parents) if path.exists())
        if not there.is_dir():
            return f"{there}: {os.strerror(errno.ENOTDIR)}"
        try:  # not os.access: root may do everything, except in /proc, on read-only media and the like
            with tempfile.TemporaryDirectory(prefix=".rackwright-check-", dir=there):
                return ""
        except OSError as error:
            return f"{there}: {error.strerror}"

    def text(self, file: Path) -> str | None:
        try:
            return file.read_text(errors="replace")
        except OSError:
            return None

    def sha256(self, file: Path) -> str | None:
        try:
            with file.open("rb") as opened:
                return hashlib.file_digest(opened, "sha256").hexdigest()
        except OSError:
            return None

    def program(self, name: str) -> str | None:
        return shutil.which(name, path=_SEARCH)

    def may_ping(self) -> bool:
        return may_ping()

    def database(self, settings: Settings) -> Database:
        newest = newest_version()
        if not settings.database and not (settings.state_dir / "rackwright.sqlite3").exists():
            return Database("", newest, 0)  # looking for it would make it
        try:
            store = Store(settings.database_url())
            with contextlib.closing(store):
                version = schema_version(store.engine)
                known = len(store.read(images.everyone)) if version == newest else 0
        except SQLAlchemyError as error:
            raise Transient("database_unreachable", error=str(error).splitlines()[0]) from error
        return Database(version, newest, known)

    def interface(self, name: str) -> Interface | None:
        shown = subprocess.run(
            ["ip", "-json", "address", "show", "dev", name], capture_output=True, timeout=10, check=False
        )
        if shown.returncode != 0:
            return None
        links: list[dict[str, Any]] = json.loads(shown.stdout)
        link = next(link for link in links if link)
        addresses = [f"{info['local']}/{info['prefixlen']}" for info in link.get("addr_info", ())]
        return Interface("UP" in link["flags"], tuple(addresses))

    def port(self, protocol: str, address: str, port: int, interface: str = "") -> PortState:
        kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.socket(family, kind) as sock:
            try:
                if protocol == "tcp":  # as the server does: a connection that lingers is no other server
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if interface:
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
                sock.bind((address, port))
                if protocol == "tcp":
                    sock.listen()
            except OSError as error:
                return _REFUSALS.get(error.errno or 0, PortState.NO_ADDRESS)
        return PortState.FREE

    def other_dhcp_servers(self, interface: str, own: Sequence[str]) -> tuple[str, ...]:
        return other_servers(interface, own)

    def now_s(self) -> float:
        return time.time()

    def clock_synchronised(self) -> bool:
        """What the kernel was told by whoever keeps its time (adjtimex with nothing to set)."""
        asked = ctypes.create_string_buffer(_TIMEX_BYTES)
        return ctypes.CDLL(None).adjtimex(asked) != _CLOCK_UNSYNCHRONISED


_REFUSALS = {
    errno.EADDRINUSE: PortState.TAKEN,
    errno.EACCES: PortState.FORBIDDEN,
    errno.EPERM: PortState.FORBIDDEN,
}
