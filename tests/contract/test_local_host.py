"""The real host's answers to the checks: files, ports, interfaces, a database, and the whole of `check`."""

from __future__ import annotations

import hashlib
import socket
from pathlib import Path

import pytest

from rackwright.app.check_host import Host
from rackwright.app.check_networks import PortState
from rackwright.app.finding import Level
from rackwright.host import LocalHost, check
from rackwright.settings import Settings
from rackwright.values.errors import Transient

HOST: Host = LocalHost()


def test_files_are_read_or_not_there(tmp_path: Path) -> None:
    (tmp_path / "vmlinuz").write_text("kernel")
    assert HOST.text(tmp_path / "vmlinuz") == "kernel"
    assert HOST.sha256(tmp_path / "vmlinuz") == hashlib.sha256(b"kernel").hexdigest()
    assert (HOST.text(tmp_path / "initrd"), HOST.sha256(tmp_path / "initrd")) == (None, None)


def test_a_directory_that_can_be_made_counts_as_writable_and_is_not_made(tmp_path: Path) -> None:
    assert HOST.refusal_to_write(tmp_path / "a" / "b") == ""
    assert not (tmp_path / "a").exists()
    (tmp_path / "file").touch()
    assert "Not a directory" in HOST.refusal_to_write(tmp_path / "file" / "b")


@pytest.mark.parametrize(("protocol", "kind"), [("tcp", socket.SOCK_STREAM), ("udp", socket.SOCK_DGRAM)])
def test_a_port_is_free_until_somebody_has_it(protocol: str, kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_INET, kind) as holder:
        holder.bind(("127.0.0.1", 0))
        if protocol == "tcp":
            holder.listen()
        port: int = holder.getsockname()[1]
        assert HOST.port(protocol, "127.0.0.1", port) is PortState.TAKEN
    assert HOST.port(protocol, "127.0.0.1", port) is PortState.FREE
    assert HOST.port(protocol, "192.0.2.1", port) is PortState.NO_ADDRESS


def test_interfaces_are_seen_with_their_addresses() -> None:
    loopback = HOST.interface("lo")
    assert loopback is not None
    assert "127.0.0.1/8" in loopback.addresses
    assert HOST.interface("none-such") is None


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    found = HOST.database(Settings.model_validate({"state_dir": tmp_path}))
    assert (found.version, found.images) == ("", 0)
    assert list(tmp_path.iterdir()) == []


def test_a_migrated_database_is_current(database_url: str, tmp_path: Path) -> None:
    path = database_url.removeprefix("sqlite:///")
    given = {"state_dir": Path(path).parent} if path != database_url else {"database": database_url}
    found = HOST.database(Settings.model_validate(given))
    assert (found.version, found.images) == (found.newest, 0)
    assert found.newest


def test_a_database_that_does_not_answer_is_transient() -> None:
    url = "postgresql://nobody@127.0.0.1:1/none"
    with pytest.raises(Transient, match="database_unreachable"):
        HOST.database(Settings.model_validate({"database": url}))


def test_the_whole_check_runs_from_a_settings_file(tmp_path: Path) -> None:
    config = tmp_path / "rackwright.toml"
    config.write_text(f'state_dir = "{tmp_path / "state"}"\n[api]\nlisten = "192.0.2.1:7740"\n')
    levels = {finding.key: finding.level for finding in check(config)}
    assert levels["settings_read"] is Level.OK
    assert levels["database_new"] is Level.OK
    assert levels["networks_none"] is Level.WARNING
    assert levels["api_port_no_address"] is Level.ERROR
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("site =", "settings_not_toml"),
        ("none_such = 1", "setting_unknown"),
        ('[[network]]\nname = "rack"\ninterface = "br0"\naddress = "ten"', "setting_wrong"),
    ],
)
def test_settings_that_cannot_be_read_are_the_only_finding(tmp_path: Path, text: str, key: str) -> None:
    config = tmp_path / "rackwright.toml"
    config.write_text(text)
    assert [(finding.level, finding.key) for finding in check(config)] == [(Level.ERROR, key)]
