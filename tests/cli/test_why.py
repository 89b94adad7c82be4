"""`rackwright why`: the paragraph, then commands on lines of their own."""

from __future__ import annotations

import json

from rackwright.values.machine import Protection
from tests.builders import machine
from tests.cli.conftest import Terminal


def test_the_paragraph_comes_first_and_each_command_stands_alone(terminal: Terminal) -> None:
    terminal.office.register(machine().named("web01"))
    done = terminal.run("why", "web01")
    assert done.exit_code == 0
    paragraph, gap, *lines = done.stdout.splitlines()
    assert paragraph.startswith("web01 has no install and waits for nothing")
    assert gap == ""
    assert "  rackwright install web01 --dry-run" in lines


def test_json_is_the_apis_own_answer(terminal: Terminal) -> None:
    terminal.office.register(machine().named("web01"))
    assert json.loads(terminal.run("why", "web01", "--json").stdout)["waits"] == "nothing"


def test_what_a_person_typed_as_a_reason_is_no_markup(terminal: Terminal) -> None:
    said = Protection("ann", "[bold]runs[/bold] payroll", 1)
    terminal.office.register(machine().named("web01").having(protection=said))
    assert "[bold]runs[/bold] payroll" in terminal.run("why", "web01").stdout


def test_an_unknown_name_is_told_in_words(terminal: Terminal) -> None:
    done = terminal.run("why", "nobody")
    assert done.exit_code == 1
    assert 'No machine "nobody" is in the register' in done.stderr


def test_it_speaks_chinese(terminal: Terminal) -> None:
    terminal.office.register(machine().named("web01"))
    terminal.environment["RACKWRIGHT_LANG"] = "zh"
    assert "没有安装" in terminal.run("why", "web01").stdout
