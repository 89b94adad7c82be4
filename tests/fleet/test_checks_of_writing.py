"""Each rule about writing and power catches the history that breaks it, and nothing else does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleet.checks import all_about_writing
from fleet.rack import Oddity
from fleet.truth import Granted, Interval, PowerAct, Write
from tests.fleet.history import (
    DISK,
    GRANTED_AT,
    HOME_AT,
    INSTALL,
    NAME,
    OTHER,
    SESSION,
    WROTE_AT,
    History,
    bodies,
    event,
    rules,
)  # fmt: skip

CLAIMED = "nothing is destroyed without a live, matching, granted claim for that disk"


def found(history: History) -> list[str]:
    return rules(all_about_writing(history.truth, history.final, bodies(), history.over))


def test_what_went_right_breaks_no_rule() -> None:
    assert found(History()) == []


@pytest.mark.parametrize(
    "write",
    [
        Write(WROTE_AT, NAME, DISK, "install-9", 1, SESSION),
        Write(WROTE_AT, NAME, DISK, INSTALL, 2, SESSION),
        Write(WROTE_AT, NAME, DISK, INSTALL, 1, "session-9"),
        Write(WROTE_AT, NAME, "another disk", INSTALL, 1, SESSION),
        Write(GRANTED_AT - 10_000, NAME, DISK, INSTALL, 1, SESSION),
        Write(WROTE_AT, OTHER, DISK, INSTALL, 1, SESSION),
    ],
    ids=["no claim", "another attempt", "another session", "another disk", "too early", "another machine"],
)
def test_a_write_that_no_claim_covers_is_found(write: Write) -> None:
    history = History()
    history.truth.writes.append(write)
    assert found(history) == [CLAIMED]


def test_a_yes_to_a_second_session_is_found_even_if_the_answer_was_lost() -> None:
    history = History()
    history.truth.granted.append(Granted(GRANTED_AT + 1, NAME, INSTALL, 1, "session-9", DISK))
    assert "no claim is granted to two sessions" in found(history)


def test_the_same_yes_said_twice_is_no_second_claim() -> None:
    history = History()
    history.truth.granted.append(history.truth.granted[0])
    assert found(history) == []


@pytest.mark.parametrize("oddity", [Oddity.CLONE, Oddity.WRONG_SERIAL, Oddity.SWAPPED_CABLES, Oddity.SMALL_DISK])
def test_a_write_to_a_machine_that_is_not_who_the_register_says_is_found(oddity: Oddity) -> None:
    history = History()
    odd = [replace(bodies()[0], oddities=frozenset({oddity}))]
    broken = all_about_writing(history.truth, history.final, odd, history.over)
    assert rules(broken) == ["a machine that is not who the register says is never written"]


@pytest.mark.parametrize("destroyed", ["vendor", "foreign"])
def test_data_that_was_destroyed_unasked_is_found(destroyed: str) -> None:
    history = History()
    history.truth.writes[0] = replace(history.truth.writes[0], destroyed=destroyed)
    assert found(history) == ["data that the register does not expect is never destroyed unasked"]
    history.truth.approved.add(DISK)
    assert found(history) == []


def test_a_power_act_at_the_bmc_of_another_machine_is_found_where_that_bmc_says_whose_it_is() -> None:
    history = History()
    history.truth.power.append(PowerAct(HOME_AT + 1, "power_on", OTHER, NAME))
    assert found(history) == ["no power act at another machine's BMC"]
    mute = [replace(bodies()[0], oddities=frozenset({Oddity.BMC_WITHOUT_FRU}))]
    assert rules(all_about_writing(history.truth, history.final, mute, history.over)) == []


def test_a_write_under_a_protection_that_the_server_had_confirmed_is_found() -> None:
    history = History()
    history.truth.protected.append(Interval(NAME, GRANTED_AT + 1, HOME_AT))
    assert found(history) == ["no protected machine is written to after its protection was acknowledged"]


def test_a_write_after_the_protection_was_lifted_is_none() -> None:
    history = History()
    history.truth.protected.append(Interval(NAME, 1, GRANTED_AT - 1))
    assert found(history) == []


def test_a_claim_that_is_granted_while_the_register_names_another_serial_is_found() -> None:
    history = History()
    history.truth.misregistered.append(Interval(NAME, GRANTED_AT - 1, WROTE_AT))
    assert found(history) == ["no claim is granted while the register forbids it"]


def test_a_session_that_is_let_on_after_its_slot_was_free_is_found() -> None:
    history = History(over={(INSTALL, 1): WROTE_AT - 1})
    assert found(history) == ["a slot is not free while somebody may have it"]


@pytest.mark.parametrize("act", ["power_off", "power_on", "power_soft"])
def test_a_power_act_during_the_write_is_found(act: str) -> None:
    history = History()
    history.truth.power.append(PowerAct(WROTE_AT, act, NAME, NAME))
    assert found(history) == ["no power act between grant and phone-home"]


def test_a_power_act_after_a_retry_is_none() -> None:
    history = History()
    history.events.insert(3, event(9, "install_permitted", WROTE_AT - 1, state="starting"))
    history.truth.power.append(PowerAct(WROTE_AT, "power_off", NAME, NAME))
    assert found(history) == []
