"""A machine is protected while an install is on its way: before the claim the protection wins, after it the install."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from rackwright.app.import_machines import import_in_chunks
from rackwright.app.protect import ProtectLine, ProtectRequest, Verdict, protect, unprotect
from rackwright.app.set_machine import set_machine
from rackwright.app.spreadsheets import read_sheet
from rackwright.decide.lifecycle import STAGES
from rackwright.store import installs
from rackwright.store.store import Store
from rackwright.values.errors import OperatorMustFix, Transient
from rackwright.values.install import State
from tests.builders import SITE
from tests.robot import Robot
from tests.story import Site

UNCLAIMED = (State.QUEUED, State.STARTING, State.INSPECTING, State.WAITING, State.GRANTED, State.HELD)
WRITTEN = (State.INSTALLING, State.FIRST_BOOT)
OVER = (State.DONE, State.FAILED, State.CANCELLED)


def protects(site: Site, *names: str) -> list[ProtectLine]:
    request = ProtectRequest("runs payroll", names or ("web01",))
    return site.store.write(lambda tx: protect(tx, site.clock(), site.context, request, "bob"))


def test_every_state_is_one_of_these() -> None:
    assert sorted((*UNCLAIMED, *WRITTEN, *OVER)) == sorted(State)


@pytest.mark.parametrize("state", UNCLAIMED)
def test_an_install_that_claimed_nothing_gives_way(site: Site, state: State) -> None:
    robot = Robot(site).reach(state)
    (line,) = protects(site)
    assert (line.verdict, line.key) == (Verdict.PROTECTED, "protected_and_cancelled")
    found = site.install()
    assert (found.state, found.live) == (State.CANCELLED, False)
    assert found.cause == {"key": "protected_meanwhile", "by": "bob", "reason": "runs payroll"}
    for language in ("en", "zh"):
        assert "payroll" in site.view(language=language).text
    assert site.kinds()[-2:] == ["machine_protected", "install_cancelled"]
    # No power act is left, the machine boots its disk, and its boot in the RAM OS may do nothing any more.
    before = dict(site.rack.rack), site.kinds()
    site.power()
    assert (dict(site.rack.rack), site.kinds()) == before
    assert "/ramos/" not in robot.asks_to_boot()
    if robot.session:
        assert robot.polls()["act"] in ("stop", "idle")
    if robot.token:
        assert robot.claims().json()["granted"] is False
    site.wait(60)
    assert site.install() == found


@pytest.mark.parametrize("state", WRITTEN)
def test_a_machine_that_is_being_written_is_refused_and_the_others_are_protected(site: Site, state: State) -> None:
    site.register(2)
    robot = Robot(site).reach(state)
    with site.nothing_moves():
        one, two = protects(site, "web01", "web02")
    assert (one.verdict, one.key, one.values["state"]) == (Verdict.REFUSED, "refused_being_written", state.value)
    assert two.verdict is Verdict.PROTECTED
    assert (site.machine("web01").protected, site.machine("web02").protected) == (False, True)
    if state is State.INSTALLING:
        robot.hands_over()
    assert robot.phones_home().text == "ok\n"
    assert protects(site)[0].verdict is Verdict.PROTECTED


def test_a_claimed_install_that_is_held_is_refused_too(site: Site) -> None:
    robot = Robot(site).reach(State.INSTALLING)
    robot.reboots().asks_to_boot()
    assert (site.state(), site.install().claimed) == (State.HELD, True)
    assert protects(site)[0].verdict is Verdict.REFUSED
    site.cancel()
    assert protects(site)[0].verdict is Verdict.PROTECTED


@pytest.mark.parametrize("state", OVER)
def test_an_install_that_is_over_stays_what_it_was(site: Site, state: State) -> None:
    robot = Robot(site).reach(state)
    with site.nothing_moves():
        (line,) = protects(site)
    assert (line.verdict, line.key) == (Verdict.PROTECTED, "")
    assert "/ramos/" not in robot.asks_to_boot()
    assert site.arm(retry=True) == []
    assert site.arm(reinstall=True, reason="anyway") == []


def test_an_attempt_that_wrote_before_is_not_said_to_have_left_the_disk_alone(site: Site) -> None:
    Robot(site).reach(State.FAILED)
    site.arm(retry=True)
    protects(site)
    assert site.install().cause["key"] == "protected_meanwhile_written"
    assert "partly written" in site.view().text


def test_protecting_twice_keeps_the_first_word(site: Site) -> None:
    protects(site)
    first = site.machine().protection
    site.clock.go(60)
    (line,) = protects(site)
    assert (line.verdict, line.values) == (Verdict.ALREADY, {"by": "bob", "reason": "runs payroll"})
    assert site.machine().protection == first
    assert site.kinds().count("machine_protected") == 1


def test_what_protects_while_the_power_is_switched_on_stops_the_next_boot(site: Site) -> None:
    """The effect is already at the BMC: its verified power-on is not written any more."""
    Robot(site).reach(State.STARTING)
    (effect,) = site.lease()
    protects(site)
    site.starter().carry_out(effect)
    assert site.state() is State.CANCELLED
    assert "powered_on" not in site.kinds()


@pytest.mark.parametrize("state", UNCLAIMED)
def test_an_edit_of_the_register_does_not_protect_a_machine_with_a_live_install(site: Site, state: State) -> None:
    Robot(site).reach(state)
    vault = site.context.vault
    changes = {"protected": "yes"}
    with site.nothing_moves(), pytest.raises(OperatorMustFix, match="register_protects_live"):
        site.store.write(lambda tx: set_machine(tx, site.clock(), vault, SITE, "web01", changes, "ann", "a reason"))
    sheet = read_sheet(b"hostname,protected\nweb01,yes\n")
    report = import_in_chunks(site.store, site.clock(), vault, SITE, sheet, actor="ann", note=lambda _tx, _told: None)
    assert [problem.key for problem in report.rows[0].errors] == ["register_protects_live"]
    assert not site.machine().protected


@pytest.mark.parametrize("way", ["act", "edit"])
def test_arming_and_protecting_at_once_never_leave_both(store: Store, tmp_path: Path, way: str) -> None:
    site = Site(store, tmp_path)
    site.register()
    outcomes: set[str] = set()

    def arms() -> None:
        site.arm(reinstall=True, reason="x")

    def forbids() -> None:
        if way == "act":
            protects(site)
            return
        vault = site.context.vault
        changes = {"protected": "yes"}
        site.store.write(lambda tx: set_machine(tx, site.clock(), vault, SITE, "web01", changes, "bob", "x"))

    def attempt(what: object) -> None:
        assert callable(what)
        with suppress(Transient, OperatorMustFix):  # the other one won
            what()

    with ThreadPoolExecutor(2) as pool:
        for turn in range(12):
            list(pool.map(attempt, (arms, forbids) if turn % 2 else (forbids, arms)))
            live = site.store.read(lambda tx: installs.latest(tx, SITE, site.machine().id))
            is_live = live is not None and live.live
            assert not (is_live and site.machine().protected)
            assert is_live or site.machine().protected
            outcomes.add("live" if is_live else "protected")
            if is_live:
                site.cancel()
            if site.machine().protected:
                site.store.write(lambda tx: unprotect(tx, site.clock(), site.context, "web01", "bob", "again"))
            site.clock.go(1)
    assert outcomes


def test_all_stages_are_known_here() -> None:
    assert {state for state in State if STAGES[state].live} == {*UNCLAIMED, *WRITTEN}
