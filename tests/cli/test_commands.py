"""The other commands: what they print, their JSON, their exit codes, where the token comes from."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rackwright.cli.main import app
from rackwright.cli.session import Session, new_session
from rackwright.store import events
from tests.api.conftest import TEXTS, Office
from tests.builders import SITE, machine
from tests.cli.conftest import Terminal
from tests.unit.test_zstd_frames import frame

CSV = "hostname,serial,rack,os,bmc type,bmc address,bmc user,bmc password\n"
WEB01 = "web01,712DM2X,A12,debian-12,ipmi,10.77.0.201,admin,canary-password\n"


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "rack.csv"
    path.write_text(CSV + WEB01)
    return path


def test_import_list_show_set_export(terminal: Terminal, sheet: Path, tmp_path: Path) -> None:
    dry = terminal.run("machines", "import", str(sheet), "--dry-run")
    assert dry.exit_code == 0
    assert terminal.run("machines", "list").stdout == ""
    done = terminal.run("machines", "import", str(sheet))
    assert done.exit_code == 0
    assert "new" in done.stdout
    assert "712DM2X" in terminal.run("machines", "list", "--where", "rack=A12").stdout
    assert terminal.run("machines", "list", "--where", "rack=B1").stdout == ""
    assert terminal.run("machines", "set", "712DM2X", "rack=B1", "labels.env=prod").exit_code == 0
    shown = terminal.run("machines", "show", "web01")
    assert "B1" in shown.stdout
    assert "prod" in shown.stdout
    assert "canary" not in shown.stdout
    for name in ("out.csv", "out.xlsx"):
        assert terminal.run("machines", "export", str(tmp_path / name)).exit_code == 0
        again = terminal.run("machines", "import", str(tmp_path / name), "--json")
        assert json.loads(again.stdout)["counts"]["unchanged"] == 1


def test_wrong_rows_are_shown_and_the_code_says_so(terminal: Terminal, sheet: Path) -> None:
    sheet.write_text(CSV + WEB01 + "web02,712DM2X,A12,debian-12,ipmi,10.77.0.202,admin,x\n")
    result = terminal.run("machines", "import", str(sheet))
    assert result.exit_code == 1
    assert "error" in result.stdout
    assert terminal.run("machines", "list").stdout == ""
    assert terminal.run("machines", "import", str(sheet), "--skip-bad").exit_code == 3


def test_all_pages_are_one_list(office: Office, terminal: Terminal) -> None:
    office.register(*(machine().named(f"m{n:04d}") for n in range(501)))
    told = json.loads(terminal.run("machines", "list", "--json").stdout)
    assert len(told["machines"]) == 501


def test_images_are_sent_and_listed(terminal: Terminal, tmp_path: Path) -> None:
    path = tmp_path / "debian-12.img.zst"
    path.write_bytes(frame(b"x" * 4096))
    result = terminal.run("images", "add", str(path), "--json")
    assert result.exit_code == 0
    image = json.loads(result.stdout)
    assert (image["name"], image["compression"], image["raw_bytes"]) == ("debian-12", "zstd", 4096)
    raw = tmp_path / "plain.img"
    raw.write_bytes(b"\0" * 512)
    assert terminal.run("images", "add", str(raw), "--name", "plain-1").exit_code == 0
    listed = terminal.run("images", "list").stdout
    assert "debian-12" in listed
    assert "plain-1" in listed
    assert terminal.run("images", "add", str(raw), "--name", "../x").exit_code == 1
    assert terminal.run("images", "add", str(tmp_path / "no.img")).exit_code == 1


def test_tokens_are_made_shown_once_and_revoked(terminal: Terminal) -> None:
    made = terminal.run("tokens", "add", "ci", "--role", "viewer")
    assert made.exit_code == 0
    token = made.stdout.strip()
    assert token.startswith("rw_")
    assert token not in terminal.run("tokens", "list").stdout
    terminal.environment = {"RACKWRIGHT_TOKEN": token}
    assert terminal.run("status").exit_code == 0
    refused = terminal.run("tokens", "list")
    assert refused.exit_code == 1
    assert "viewer" in refused.stderr
    terminal.environment = {"RACKWRIGHT_TOKEN": TEXTS["admin"]}
    assert terminal.run("tokens", "revoke", "ci").exit_code == 0
    terminal.environment = {"RACKWRIGHT_TOKEN": token}
    assert terminal.run("status").exit_code == 1


def test_the_token_comes_from_a_file(terminal: Terminal, tmp_path: Path) -> None:
    path = tmp_path / "rackwright" / "token"
    path.parent.mkdir()
    path.write_text(TEXTS["viewer"] + "\n")
    terminal.environment = {"RACKWRIGHT_TOKEN_FILE": str(path)}
    assert terminal.run("status").exit_code == 0
    terminal.environment = {"XDG_CONFIG_HOME": str(tmp_path)}
    assert terminal.run("status").exit_code == 0
    terminal.environment = {"RACKWRIGHT_TOKEN_FILE": str(tmp_path / "none")}
    assert terminal.run("status").exit_code == 1
    terminal.environment = {"XDG_CONFIG_HOME": str(tmp_path / "none")}
    result = terminal.run("status")
    assert result.exit_code == 1
    assert "RACKWRIGHT_TOKEN" in result.stderr


def test_no_option_takes_a_token() -> None:
    """Every user of a host can read every command line."""
    for command in ([], ["status"], ["install"], ["machines", "import"]):
        assert "--token" not in CliRunner().invoke(app, [*command, "--help"]).stdout


def test_the_log_is_in_words_and_follows(office: Office, terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    (web01,) = office.register(machine().named("web01").with_serial("S1").having(os="debian-12"))
    office.with_image()
    terminal.run("install", "web01")
    assert len(terminal.run("log", "web01").stdout.splitlines()) == 1
    (line,) = terminal.run("log", "web01", "--json").stdout.splitlines()
    assert json.loads(line)["kind"] == "install_armed"
    assert terminal.run("log", "web99").exit_code == 1

    from rackwright.cli.client import Client

    real = Client.get

    def get(self: Client, path: str, query: dict[str, int], _patience_s: float) -> object:
        if query["wait_s"]:
            if query["after"] == 2:
                raise KeyboardInterrupt
            office.store.write(
                lambda tx: events.append(tx, SITE, web01.id, 1, "step_started", {"step": "write"}, "machine")
            )
        return real(self, path, query | {"wait_s": 0})

    monkeypatch.setattr(Client, "get", get)
    followed = terminal.run("log", "web01", "-f")
    assert followed.exit_code == 0
    assert len(followed.stdout.splitlines()) == 2


def test_cancel_says_what_became_of_it(office: Office, terminal: Terminal) -> None:
    office.register(machine().named("web01").with_serial("S1").having(os="debian-12"))
    office.with_image()
    terminal.run("install", "web01")
    assert "web01" in terminal.run("installs").stdout
    assert terminal.run("cancel", "web01", "--reason", "wrong rack").exit_code == 0
    assert terminal.run("cancel", "web01").exit_code == 1
    assert terminal.run("installs").stdout == ""
    assert "cancelled" in terminal.run("installs", "--all").stdout
    assert json.loads(terminal.run("installs", "--all", "--json").stdout)["installs"][0]["state"] == "cancelled"


@pytest.mark.parametrize("name", ["../status", "a/b", "web01?x=1", "#", "%2e%2e", "' OR 1=1"])
def test_names_stay_names(terminal: Terminal, name: str) -> None:
    result = terminal.run("machines", "show", name)
    assert result.exit_code == 1
    assert result.stdout == ""


def test_what_a_machine_reports_cannot_drive_the_terminal(office: Office, terminal: Terminal) -> None:
    office.register(machine().named("web01").having(owner="\x1b[2J\x07boo"))
    shown = terminal.run("machines", "show", "web01").stdout
    assert "boo" in shown
    assert "\x1b" not in shown


def test_an_unreachable_server_is_named_with_a_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RACKWRIGHT_TOKEN", "x")
    monkeypatch.setenv("LANG", "C")
    session = new_session("http://127.0.0.1:9")
    result = CliRunner().invoke(app, ["status"], obj=session)
    assert result.exit_code == 1
    assert "http://127.0.0.1:9" in result.stderr
    assert "rackwright serve" in result.stderr


@pytest.mark.parametrize("server", ["nonsense", "http://", "ftp://x", "http://[::1"])
def test_an_impossible_server_is_an_error_in_words(server: str) -> None:
    session = Session(server, {"RACKWRIGHT_TOKEN": "x"}, new_session("").connect)
    result = CliRunner().invoke(app, ["status"], obj=session)
    assert result.exit_code == 1
    assert result.stderr
    assert isinstance(result.exception, SystemExit)


def test_the_language_is_the_reader_s(terminal: Terminal) -> None:
    terminal.environment |= {"LANG": "zh_CN.UTF-8"}
    assert "没有机器" in terminal.run("machines", "show", "web99").stderr
    terminal.environment |= {"RACKWRIGHT_LANG": "en"}
    assert "web99" in terminal.run("machines", "show", "web99").stderr


def test_help_loads_nothing_heavy() -> None:
    code = "import sys, rackwright.cli.main; print([m for m in ('rich', 'httpx2', 'msgspec', 'sqlalchemy', 'pydantic') if m in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout.strip() == "[]"
