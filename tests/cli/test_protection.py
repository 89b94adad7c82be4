"""`rackwright machines protect` and `unprotect`: reasons, the typed name, exit codes, what is shown afterwards."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from rackwright.store import installs, machines
from rackwright.values.install import State
from tests.api.conftest import TEXTS, Office
from tests.builders import SITE, MachineBuilder, machine
from tests.cli.conftest import Terminal


def ready(hostname: str) -> MachineBuilder:
    return machine().named(hostname).with_serial(f"SN-{hostname}").having(os="debian-12", rack="A12")


@pytest.fixture
def rack(office: Office) -> Office:
    office.with_image()
    office.register(ready("web01"), ready("web02"))
    return office


def is_protected(terminal: Terminal) -> str:
    return terminal.run("machines", "list", "--where", "protected=yes").stdout


def being_written(office: Office, hostname: str) -> None:
    def move(tx: machines.Tx) -> None:
        found = machines.by_name(tx, SITE, hostname)
        assert found is not None
        install = installs.latest(tx, SITE, found.id)
        assert install is not None
        installs.move(tx, install, replace(install, state=State.INSTALLING, claimed=True))

    office.store.write(move)


def test_protected_with_a_reason_and_shown_with_it(rack: Office, terminal: Terminal) -> None:
    done = terminal.run("machines", "protect", "web01", "--reason", "runs payroll")
    assert done.exit_code == 0
    assert done.stdout.split("\t")[0] == "web01"
    assert "Protected: 1" in done.stderr
    card = terminal.run("machines", "show", "web01").stdout
    assert "by admin" in card
    assert "runs payroll" in card
    listed = terminal.run("machines", "list").stdout.splitlines()
    assert [line.split("\t")[-1] for line in listed] == ["yes", ""]
    plan = terminal.run("install", "web01", "--reinstall", "--reason", "x")
    assert plan.exit_code == 4
    assert "protected by admin. runs payroll" in plan.stdout


def test_a_place_or_a_file_protects_all_of_it(rack: Office, terminal: Terminal, tmp_path: Path) -> None:
    assert terminal.run("machines", "protect", "--where", "rack=A12", "--reason", "x").exit_code == 0
    assert len(is_protected(terminal).splitlines()) == 2
    listed = tmp_path / "names"
    listed.write_text("web01\nSN-web02\n")
    again = terminal.run("machines", "protect", "--from", str(listed), "--reason", "y", "--json")
    assert (again.exit_code, json.loads(again.stdout)["counts"]["already"]) == (0, 2)


def test_bad_input_protects_nobody(rack: Office, terminal: Terminal) -> None:
    assert terminal.run("machines", "protect", "--reason", "x").exit_code == 2
    assert terminal.run("machines", "protect", "--where", "rack=Z", "--reason", "x").exit_code == 4
    unknown = terminal.run("machines", "protect", "web01", "web99", "--reason", "x")
    assert (unknown.exit_code, "web99" in unknown.stderr) == (1, True)
    without = terminal.run("machines", "protect", "web01")
    assert (without.exit_code, "--reason" in without.stderr) == (1, True)
    assert is_protected(terminal) == ""


def test_a_machine_that_is_being_written_is_told_and_the_code_is_3(rack: Office, terminal: Terminal) -> None:
    terminal.run("install", "web01")
    being_written(rack, "web01")
    done = terminal.run("machines", "protect", "web01", "web02", "--reason", "x")
    assert done.exit_code == 3
    assert "rackwright cancel web01" in done.stdout
    assert "web02" in is_protected(terminal)
    assert "web01" not in is_protected(terminal)


@pytest.mark.parametrize("typed", ["\n", "y\n", "SN-web01\n", "web02\n"])
def test_lifting_needs_the_machine_s_name(rack: Office, terminal: Terminal, typed: str) -> None:
    terminal.run("machines", "protect", "web01", "--reason", "runs payroll")
    asked = terminal.run("machines", "unprotect", "SN-web01", "--reason", "moved", typed=typed)
    assert asked.exit_code == 1
    assert "runs payroll" in asked.stderr
    assert "web01" in is_protected(terminal)


def test_lifting_with_the_name_or_by_a_script(rack: Office, terminal: Terminal) -> None:
    for more, typed in (([], "web01\n"), (["--yes"], "")):
        terminal.run("machines", "protect", "web01", "--reason", "runs payroll")
        lifted = terminal.run("machines", "unprotect", "web01", "--reason", "moved", *more, typed=typed)
        assert (lifted.exit_code, "web01" in lifted.stdout) == (0, True)
        assert is_protected(terminal) == ""


def test_lifting_what_is_not_protected_asks_nothing_and_says_so(rack: Office, terminal: Terminal) -> None:
    asked = terminal.run("machines", "unprotect", "web01", "--reason", "x")
    assert (asked.exit_code, "not protected" in asked.stderr) == (1, True)
    assert terminal.run("machines", "unprotect", "web01", "web02", "--reason", "x").exit_code == 2


def test_an_operator_protects_and_does_not_lift(rack: Office, terminal: Terminal) -> None:
    operator = Terminal(rack, {"RACKWRIGHT_TOKEN": TEXTS["operator"]})
    assert operator.run("machines", "protect", "web01", "--reason", "x").exit_code == 0
    assert operator.run("machines", "unprotect", "web01", "--reason", "x", "--yes").exit_code == 1
    assert "web01" in is_protected(terminal)


def test_lifting_asks_for_the_reason_before_it_asks_for_the_name(rack: Office, terminal: Terminal) -> None:
    terminal.run("machines", "protect", "web01", "--reason", "x")
    done = terminal.run("machines", "unprotect", "web01")
    assert done.exit_code == 1
    assert "--reason" in done.stderr
    assert "Type its name" not in done.stderr


def test_where_nobody_answers_lifting_needs_yes(rack: Office, terminal: Terminal) -> None:
    terminal.run("machines", "protect", "web01", "--reason", "x")
    done = terminal.run("machines", "unprotect", "web01", "--reason", "y")
    assert done.exit_code == 2
    assert "--yes" in done.stderr
    assert "web01" in is_protected(terminal)
