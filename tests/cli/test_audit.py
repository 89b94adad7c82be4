"""`rackwright audit`: who did what, found by time and name, for a person and for a script."""

from __future__ import annotations

import json
import time

import pytest

from tests.api.conftest import TEXTS, Office
from tests.builders import machine
from tests.cli.conftest import Terminal


@pytest.fixture
def acts(office: Office, terminal: Terminal) -> Office:
    """Two by the admin, and a viewer who tried."""
    office.register(machine().named("web01"), machine().named("web02"))
    terminal.run("machines", "set", "web01", "rack=B1", "--reason", "moved")
    viewer = Terminal(office, {"RACKWRIGHT_TOKEN": TEXTS["viewer"]})
    assert viewer.run("cancel", "web01", "--reason", "no reason").exit_code == 1
    terminal.run("machines", "protect", "web01", "web02", "--reason", "runs payroll")
    return office


def told(terminal: Terminal, *arguments: str) -> list[list[str]]:
    """In a pipe: actor, act, target, outcome and reason of each."""
    result = terminal.run("audit", *arguments)
    assert result.exit_code == 0, result.stderr
    return [line.split("\t")[1:6] for line in result.stdout.splitlines()]


def test_the_newest_first_one_line_each(acts: Office, terminal: Terminal) -> None:
    assert told(terminal) == [
        ["admin", "protect_machines", "2 machines", "done", "runs payroll"],
        ["viewer", "cancel_installs", "web01", "role_too_low", ""],
        ["admin", "set_machines", "web01", "done", "moved"],
    ]


def test_json_is_one_object_a_line(acts: Office, terminal: Terminal) -> None:
    lines = [json.loads(line) for line in terminal.run("audit", "--json").stdout.splitlines()]
    assert [line["act"] for line in lines] == ["protect_machines", "cancel_installs", "set_machines"]
    assert lines[0]["values"]["names"] == ["web01", "web02"]


def test_found_by_who_what_and_on_what(acts: Office, terminal: Terminal) -> None:
    assert [line[1] for line in told(terminal, "--actor", "viewer")] == ["cancel_installs"]
    assert [line[2] for line in told(terminal, "--act", "set_machines")] == ["web01"]
    assert [line[1] for line in told(terminal, "--target", "web02")] == ["protect_machines"]
    assert [line[1] for line in told(terminal, "--limit", "1")] == ["protect_machines"]
    assert told(terminal, "--actor", "nobody") == []


def test_found_by_time(acts: Office, terminal: Terminal) -> None:
    """The office's clock stands in November 2023."""
    assert len(told(terminal, "--since", "2023-11-01")) == 3
    assert told(terminal, "--since", "2h") == []
    assert told(terminal, "--until", "2023-11-01T12:00") == []
    days = int((time.time() - 1_700_000_000) / 86400) + 2
    assert len(told(terminal, "--since", f"{days}d", "--until", "1s")) == 3


@pytest.mark.parametrize("text", ["yesterday", "2", "h", "-2h", "2023-13-01", "9999999h"])
def test_a_time_that_cannot_be_read_is_wrong_use(terminal: Terminal, text: str) -> None:
    result = terminal.run("audit", "--since", text)
    assert result.exit_code == 2
    assert text in result.stderr


def test_an_act_that_there_is_not_is_told(terminal: Terminal) -> None:
    result = terminal.run("audit", "--act", "destroy")
    assert (result.exit_code, "arm_installs" in result.stderr) == (1, True)


def test_more_than_a_page_is_read_in_order(office: Office, terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rackwright.cli.audit.PAGE", 2)
    client = office.client("operator")
    for number in range(5):
        client.post(f"/machines/m{number}/cancel", json={})
    found = [line[2] for line in told(terminal, "--limit", "3")]
    assert found == ["m4", "m3", "m2"]


def test_a_viewer_does_not_read_it(office: Office) -> None:
    viewer = Terminal(office, {"RACKWRIGHT_TOKEN": TEXTS["viewer"]})
    assert viewer.run("audit").exit_code == 1
