"""`rackwright limits`: what is shown, set and taken back."""

from __future__ import annotations

from tests.builders import machine
from tests.cli.conftest import Terminal


def test_the_limits_are_shown_one_a_line(terminal: Terminal) -> None:
    result = terminal.run("limits")
    assert result.exit_code == 0
    assert "site\tstarts\t50\t0\t50" in result.stdout
    assert "rack:*\tpower\t10\t0\t10" in result.stdout


def test_a_limit_is_set_and_taken_back(terminal: Terminal) -> None:
    done = terminal.run("limits", "set", "site", "starts", "5", "--reason", "a weak fuse")
    assert done.exit_code == 0
    assert "starts for site is 5 from now on" in done.stderr
    assert "site\tstarts\t5\t0\t50\tadmin" in terminal.run("limits").stdout
    assert "starts for site is 50 again" in terminal.run("limits", "reset", "site", "starts").stderr
    assert "site\tstarts\t50\t0\t50\t\t" in terminal.run("limits").stdout


def test_a_rack_s_own_limit_goes_away(terminal: Terminal) -> None:
    terminal.office.register(machine().named("web01").having(rack="A12"))
    assert terminal.run("limits", "set", "rack:A12", "power", "1").exit_code == 0
    assert "none of its own" in terminal.run("limits", "reset", "rack:A12", "power").stderr


def test_what_is_wrong_is_told_with_what_would_be_right(terminal: Terminal) -> None:
    result = terminal.run("limits", "set", "site", "power", "5")
    assert result.exit_code == 1
    assert "rack:NAME, rack:*" in result.stderr


def test_scripts_get_the_api_s_own_answer(terminal: Terminal) -> None:
    assert '"resource":"bmc_actions"' in terminal.run("limits", "--json").stdout
    assert '"value":7' in terminal.run("limits", "set", "site", "writes", "7", "--json").stdout
    assert '"value":20' in terminal.run("limits", "reset", "site", "writes", "--json").stdout


def test_a_number_below_none_is_refused_in_words(terminal: Terminal) -> None:
    result = terminal.run("limits", "set", "site", "starts", "-1")
    assert result.exit_code == 1
    assert "from 0 to" in result.stderr


def test_a_stop_is_on_record_with_its_zero(terminal: Terminal) -> None:
    terminal.run("limits", "set", "site", "starts", "0", "--reason", "a fire")
    (line,) = terminal.run("audit", "--target", "site starts").stdout.splitlines()
    assert line.endswith("\ta fire\tvalue=0")
