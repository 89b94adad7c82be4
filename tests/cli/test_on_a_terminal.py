"""What a person sees on a terminal of 100 columns: words, what is wrong first, what to do, nothing cut."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from rich.cells import cell_len

from rackwright.cli import show
from rackwright.cli.client import Client
from rackwright.cli.session import Session
from tests.api.conftest import Office
from tests.cli.conftest import Terminal

HEADER = "hostname,serial,rack,unit,macs,bmc_type,bmc_address,os\n"


def rows(count: int, *wrong: int) -> str:
    """The machines web001…; those in `wrong` have an address of a BMC that is none."""
    return HEADER + "".join(
        f"web{n:03},SN{n:04},A12,{n},52:54:00:00:00:{n:02x},ipmi,{'a b' if n in wrong else f'10.9.0.{n}'},debian-12\n"
        for n in range(1, count + 1)
    )


@pytest.fixture
def screen(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setattr(show, "on_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "100")
    return terminal


def load(screen: Terminal, tmp_path: Path, text: str, *options: str) -> str:
    sheet = tmp_path / "racks.csv"
    sheet.write_text(text)
    return screen.run("machines", "import", str(sheet), *options).output


def test_an_import_ends_with_what_is_wrong_and_the_numbers(screen: Terminal, tmp_path: Path) -> None:
    said = load(screen, tmp_path, rows(40, 7, 9)).splitlines()

    lines = [line.split()[:3] for line in said]
    assert lines.index(["8", "web007", "wrong"]) > lines.index(["2", "web001", "new"])
    assert lines.index(["10", "web009", "wrong"]) > lines.index(["8", "web007", "wrong"])
    assert "and 18 more like these; all of them: --json, or in a pipe." in said
    assert said[-1].startswith("Nothing written, because some rows are wrong: 38 new, 2 wrong.")
    assert all(cell_len(line) <= 100 for line in said[:-1])


def test_a_header_without_rows_is_said(screen: Terminal, tmp_path: Path) -> None:
    assert "a header and no rows" in load(screen, tmp_path, HEADER)


def test_a_plan_is_two_tables_and_a_sum(screen: Terminal, tmp_path: Path, office: Office) -> None:
    load(screen, tmp_path, rows(2))

    said = screen.run("install", "web001", "web002", "nope", "--dry-run").output

    assert "Will not: 2" in said
    assert 'no image "debian-12"; add one: rackwright images add' in said
    assert "Not in the register: nope" in said
    assert "0 to install, 2 refused, 1 not in the register." in said


def test_nothing_is_said_in_words_with_what_to_do(screen: Terminal) -> None:
    assert "rackwright machines import FILE" in screen.run("machines", "list").output
    assert "rackwright installs --all" in screen.run("installs").output
    assert "rackwright images add FILE" in screen.run("images", "list").output
    assert "does not know" in screen.run("machines", "discovered").output


def test_set_says_what_changed_and_what_did_not(screen: Terminal, tmp_path: Path) -> None:
    load(screen, tmp_path, rows(1))

    assert "web001: owner: ∅ → web team" in screen.run("machines", "set", "web001", "owner=web team").output
    assert "nothing changed" in screen.run("machines", "set", "web001", "owner=web team").output
    assert "bmc_password → ***" in screen.run("machines", "set", "web001", "bmc_password=sesame").output


def test_a_machine_is_shown_by_the_columns_of_the_register(screen: Terminal, tmp_path: Path) -> None:
    load(screen, tmp_path, rows(1))

    said = screen.run("machines", "show", "web001").output

    assert ["bmc_address", "10.9.0.1"] in [line.split() for line in said.splitlines()]
    assert "seen_at" not in said
    assert "version" not in said


def test_states_and_verdicts_are_words_in_chinese(screen: Terminal, tmp_path: Path) -> None:
    screen.environment["RACKWRIGHT_LANG"] = "zh"

    said = load(screen, tmp_path, rows(2))
    assert "新增" in said
    assert "已写入 2 行。总计：2 新增" in said
    assert "新机" in screen.run("machines", "list").output


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0 s ago"), (59, "59 s ago"), (150, "2 min ago"), (7300, "2 h ago"), (90_000, "1 d ago")]
)
def test_times_are_told_from_now(seconds: int, said: str) -> None:
    def connect(server: str, token: str, language: str) -> Client:
        return Client(server, token, language)

    session = Session("http://office", {"LANG": "C.UTF-8"}, connect)
    assert show.ago(session, 1_000_000_000_000, 1_000_000 + seconds) == said


def test_a_pipe_keeps_every_row_and_its_codes(terminal: Terminal, tmp_path: Path) -> None:
    assert not sys.stdout.isatty()

    said = load(terminal, tmp_path, rows(40, 7)).splitlines()

    assert len([line for line in said if "\tnew\t" in line]) == 39
    assert any(line.startswith("8\tweb007\terror\t") for line in said)


def test_the_audit_says_whom_and_what_came_of_it_in_words(screen: Terminal, tmp_path: Path, office: Office) -> None:
    load(screen, tmp_path, rows(6))
    screen.run("machines", "protect", "--where", "rack=A12", "--reason", "runs payroll")
    office.client("viewer").post("/installs", json={})

    refused, protected, imported = [line for line in screen.run("audit").output.splitlines() if "2023-" in line]
    assert refused.split()[2:4] == ["viewer", "install"]
    assert "This needs" in refused
    assert "6 machines: web001" in protected
    assert "runs payroll" in protected
    assert imported.split()[2:4] == ["admin", "import"]


def test_a_protected_machine_is_listed_with_by_whom_and_why(screen: Terminal, tmp_path: Path) -> None:
    load(screen, tmp_path, rows(1))
    screen.run("machines", "protect", "web001", "--reason", "runs payroll")

    assert "by admin, " in screen.run("machines", "list").output
    assert "runs payroll" in screen.run("machines", "list").output
