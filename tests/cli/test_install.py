"""`rackwright install`: the plan, the typed number, the exit codes, the watching."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from rackwright.store import installs, machines
from rackwright.values.install import Install, State
from tests.api.conftest import Office
from tests.builders import SITE, MachineBuilder, machine
from tests.cli.conftest import Terminal

Meanwhile = list[Callable[[], None]]


def ready(hostname: str) -> MachineBuilder:
    return machine().named(hostname).with_serial(f"SN-{hostname}").having(os="debian-12", rack="A12")


@pytest.fixture
def rack(office: Office) -> list[str]:
    office.with_image()
    return [made.hostname for made in office.register(*(ready(f"web{n:02d}") for n in range(1, 13)))]


def armed(office: Office) -> dict[str, Install]:
    def look(tx: machines.Tx) -> dict[str, Install]:
        found = {m.hostname: installs.latest(tx, SITE, m.id) for m in machines.everyone(tx, SITE)}
        return {name: install for name, install in found.items() if install}

    return office.store.read(look)


def becomes(office: Office, hostname: str, state: State, **values: object) -> Callable[[], None]:
    def move() -> None:
        before = armed(office)[hostname]
        live = state not in (State.DONE, State.FAILED, State.CANCELLED)
        after = replace(before, state=state, live=live, **values)
        office.store.write(lambda tx: installs.move(tx, before, after))

    return move


def test_named_machines_are_armed_at_once(office: Office, terminal: Terminal, rack: list[str]) -> None:
    result = terminal.run("install", "web01", "SN-web02")
    assert result.exit_code == 0
    assert "web01" in result.stdout
    assert set(armed(office)) == {"web01", "web02"}


def test_above_ten_the_number_is_typed(office: Office, terminal: Terminal, rack: list[str]) -> None:
    for wrong in ("y\n", "11\n", "", "\n"):
        result = terminal.run("install", "--where", "rack=A12", typed=wrong)
        assert result.exit_code == 1
        assert "12" in result.stderr
        assert armed(office) == {}
    assert terminal.run("install", "--where", "rack=A12", typed="12\n").exit_code == 0
    assert len(armed(office)) == 12


def test_scripts_say_yes_instead(office: Office, terminal: Terminal, rack: list[str]) -> None:
    assert terminal.run("install", "--where", "rack=A12", "--yes").exit_code == 0
    assert len(armed(office)) == 12


def test_names_come_from_a_file_or_from_input(
    office: Office, terminal: Terminal, rack: list[str], tmp_path: Path
) -> None:
    listed = tmp_path / "names"
    listed.write_text("# the first two\nweb01\n\n  SN-web02  # by serial\nweb01\n")
    assert terminal.run("install", "--from", str(listed)).exit_code == 0
    assert set(armed(office)) == {"web01", "web02"}
    assert terminal.run("install", "--from", "-", typed="web03\n# web04\n").exit_code == 0
    assert set(armed(office)) == {"web01", "web02", "web03"}


def test_a_file_that_is_not_there_is_an_error(terminal: Terminal) -> None:
    result = terminal.run("install", "--from", "/no/such/file")
    assert result.exit_code == 1
    assert "/no/such/file" in result.stderr


@pytest.mark.parametrize(
    "arguments", [[], ["--where", "rack"], ["--where", "=x"], ["--where", "a=1", "--where", "a=2"], ["--no-such"]]
)
def test_wrong_use_is_2(terminal: Terminal, arguments: list[str]) -> None:
    assert terminal.run("install", *arguments).exit_code == 2


def test_nothing_to_do_is_4(office: Office, terminal: Terminal, rack: list[str]) -> None:
    result = terminal.run("install", "web99")
    assert result.exit_code == 4
    assert "web99" in result.stderr
    terminal.run("install", "web01")
    assert terminal.run("install", "web01").exit_code == 4


def test_some_refused_is_3(office: Office, terminal: Terminal, rack: list[str]) -> None:
    terminal.run("install", "web01")
    result = terminal.run("install", "web01", "web02")
    assert result.exit_code == 3
    assert set(armed(office)) == {"web01", "web02"}
    assert terminal.run("install", "web03", "web99").exit_code == 3


def test_a_dry_run_arms_nobody(office: Office, terminal: Terminal, rack: list[str]) -> None:
    result = terminal.run("install", "--where", "rack=A12", "--dry-run")
    assert result.exit_code == 0
    assert result.stdout.count("web") >= 12
    assert armed(office) == {}


def test_machines_in_service_need_their_reason(office: Office, terminal: Terminal) -> None:
    office.with_image()
    office.register(ready("web01").in_service())
    assert terminal.run("install", "web01").exit_code == 4
    assert terminal.run("install", "web01", "--reinstall").exit_code == 4
    assert terminal.run("install", "web01", "--reinstall", "--reason", "disk replaced").exit_code == 0


def test_a_machine_that_is_alive_needs_its_own_name_typed(office: Office, terminal: Terminal) -> None:
    office.with_image()
    office.register(ready("web01"), ready("web02"))
    refused = terminal.run("install", "web01", "--live-ok", "web02")
    assert refused.exit_code == 1
    assert "web02" in refused.stderr
    assert terminal.run("install", "web01", "web02", "--live-ok", "web01", "--live-ok", "web02").exit_code == 0


def test_json_is_the_api_s_answer(terminal: Terminal, rack: list[str]) -> None:
    result = terminal.run("install", "web01", "--json")
    told = json.loads(result.stdout)
    assert (told["will"], told["lines"][0]["hostname"], len(told["installs"])) == (1, "web01", 1)


def test_following_ends_with_0_when_all_are_done(
    office: Office, terminal: Terminal, rack: list[str], no_sleep: Meanwhile
) -> None:
    no_sleep += [
        becomes(office, "web01", State.INSTALLING),
        becomes(office, "web01", State.DONE),
        becomes(office, "web02", State.DONE),
    ]
    result = terminal.run("install", "web01", "web02", "-f")
    assert result.exit_code == 0
    lines = [line for line in result.stdout.splitlines() if "  web01  " in line]
    assert [next(word for word in ("queued", "installing", "done") if word in line) for line in lines] == [
        "queued",
        "installing",
        "done",
    ]


def test_following_ends_with_3_when_one_is_held_and_says_why_and_what_to_do(
    office: Office, terminal: Terminal, rack: list[str], no_sleep: Meanwhile
) -> None:
    cause = {"key": "wrong_serial", "reported": "712DM2Y", "register": "SN-web02"}
    no_sleep += [becomes(office, "web01", State.DONE), becomes(office, "web02", State.HELD, cause=cause)]
    result = terminal.run("install", "web01", "web02", "-f")
    assert result.exit_code == 3
    assert "Wrong SN: the machine reports 712DM2Y, the register says SN-web02" in result.stdout
    assert "rackwright" in result.stdout.splitlines()[-1]


def test_leaving_changes_nothing_and_says_so(
    office: Office, terminal: Terminal, rack: list[str], no_sleep: Meanwhile
) -> None:
    result = terminal.run("install", "web01", "-f")
    assert result.exit_code == 3
    assert "go on" in result.stdout
    assert armed(office)["web01"].state is State.QUEUED


def test_following_with_json_ends_with_what_became_of_them(
    office: Office, terminal: Terminal, rack: list[str], no_sleep: Meanwhile
) -> None:
    no_sleep.append(becomes(office, "web01", State.DONE))
    result = terminal.run("install", "web01", "-f", "--json")
    plan, ended = [json.loads(line) for line in result.stdout.splitlines()]
    assert plan["will"] == 1
    assert ended["installs"][0]["state"] == "done"


def test_a_restart_of_the_server_does_not_end_the_following(
    office: Office, terminal: Terminal, rack: list[str], no_sleep: Meanwhile, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rackwright.cli.client import Client, Refused

    real = Client.get
    away: list[int] = []

    def get(self: Client, *arguments: object, **named: object) -> object:
        if away:
            away.pop()
            raise Refused("gone", status=0)
        return real(self, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Client, "get", get)
    no_sleep += [lambda: away.extend([1, 1]), lambda: None, lambda: None, becomes(office, "web01", State.DONE)]
    assert terminal.run("install", "web01", "-f").exit_code == 0
