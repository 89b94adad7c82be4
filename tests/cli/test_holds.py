"""`rackwright holds`: what waits for a person, and one answer for many."""

from __future__ import annotations

from tests.api.test_holds import CAUSE, held
from tests.cli.conftest import Terminal

ID = CAUSE["fingerprint"]


def test_nothing_held_says_so(terminal: Terminal) -> None:
    done = terminal.run("holds")
    assert (done.exit_code, done.stdout) == (0, "")


def test_each_question_is_a_line_with_its_machines(terminal: Terminal) -> None:
    held(terminal.office, "web01", "web02")
    (line,) = terminal.run("holds").stdout.splitlines()
    assert line.startswith(f"{ID}\t2\t")
    assert "web01, web02" in line


def test_one_hold_is_shown_with_every_disk(terminal: Terminal) -> None:
    held(terminal.office, "web01")
    said = terminal.run("holds", "show", ID).stdout
    assert "DISK-web01" in said
    assert terminal.run("holds", "show", "nonsense").exit_code == 1


def test_many_go_on_only_when_their_number_is_typed(terminal: Terminal) -> None:
    held(terminal.office, "web01", "web02")
    wrong = terminal.run("holds", "approve", ID, "--reason", "preloaded", typed="3\n")
    assert wrong.exit_code == 1
    assert "nothing was approved" in wrong.stderr
    right = terminal.run("holds", "approve", ID, "--reason", "preloaded", typed="2\n")
    assert right.exit_code == 0
    assert "Approved: 2" in right.stdout


def test_one_of_them_alone_needs_no_number(terminal: Terminal) -> None:
    held(terminal.office, "web01", "web02")
    done = terminal.run("holds", "approve", ID, "--reason", "preloaded", "--only", "web02")
    assert done.exit_code == 0
    assert "web01" in terminal.run("holds").stdout


def test_a_name_that_is_not_held_with_it_approves_nobody(terminal: Terminal) -> None:
    held(terminal.office, "web01")
    done = terminal.run("holds", "approve", ID, "--reason", "preloaded", "--only", "web09")
    assert done.exit_code == 1
    assert "web09" in done.stderr


def test_other_questions_are_answered_one_by_one(terminal: Terminal) -> None:
    held(terminal.office, "web01", key="wrong_serial")
    (line,) = terminal.run("holds").stdout.splitlines()
    done = terminal.run("holds", "approve", line.split("\t")[0], "--reason", "x")
    assert done.exit_code == 1
    assert "each of these machines needs its own answer" in done.stderr


def test_a_reason_is_needed(terminal: Terminal) -> None:
    assert terminal.run("holds", "approve", ID).exit_code == 2
