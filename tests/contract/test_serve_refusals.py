"""`serve` on a host that is not fit ends at once with one sentence: what is wrong and where, and no traceback."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from rackwright.main import serve

FREE = '[api]\nlisten = "127.0.0.1:0"\n'


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RACKWRIGHT_LANG", "en")


def refusal(tmp_path: Path, settings: str, capsys: pytest.CaptureFixture[str]) -> str:
    file = tmp_path / "rackwright.toml"
    file.write_text(settings.replace("STATE", str(tmp_path / "state")))
    assert serve(file) == 1
    told = capsys.readouterr()
    assert told.out == ""
    lines = told.err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("rackwright serve: ")
    return lines[0]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ("site = ", "is not TOML"),
        ("colour = 3", "There is no setting colour"),
        ('language = "fr"', "The setting language in"),
        ('database = "mysql://root:sesame@db/x"', "must begin with postgresql://"),
        ('state_dir = "/proc/rackwright"\n' + FREE, "/proc/rackwright cannot be written"),
        ('state_dir = "STATE"\n[api]\nlisten = "nonsense"', "api.listen is not of the form address:port"),
        ('state_dir = "STATE"\ndatabase = "postgresql://x:sesame@127.0.0.1:1/x"\n' + FREE, "PostgreSQL does not answer"),
        (
            'state_dir = "STATE"\n' + FREE + '[[network]]\nname = "n"\ninterface = "none9"\ndhcp = false\n'
            'address = "10.20.0.1/24"\n',
            "cannot listen on none9 10.20.0.1:8080",
        ),
    ],
)  # fmt: skip
def test_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str], settings: str, says: str) -> None:
    told = refusal(tmp_path, settings, capsys)

    assert says in told
    assert "sesame" not in told


def test_a_taken_port_ends_the_start(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        told = refusal(tmp_path, f'state_dir = "STATE"\n[api]\nlisten = "127.0.0.1:{port}"\n', capsys)

    assert f"127.0.0.1:{port}: Address already in use" in told


def test_speaks_chinese(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RACKWRIGHT_LANG", "zh")

    assert "不是已有的设置" in refusal(tmp_path, "colour = 3", capsys)
