"""Each rule about timelines, states and the register catches the history that breaks it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleet.checks_of_record import all_about_the_record
from fleet.disks import Empty, Partly, System
from rackwright_wire.messages import Event
from tests.fleet.history import GRANTED_AT, IMAGE, INSTALL, SESSION, History, done_install, event, plan, rules

EVENTS = "every acknowledged event is on its timeline exactly once, in order"
STANDS = "every armed install is done, failed with a cause, held with a question, cancelled, or waits within its limit"
REGISTER = "the register says what the disk says"
PROVEN = "done means that the installed system has phoned home"


def found(history: History, **texts: str) -> list[str]:
    return rules(all_about_the_record(history.truth, history.final, history.disks, texts))


def test_what_went_right_breaks_no_rule() -> None:
    assert found(History()) == []


def test_an_acknowledged_event_that_is_gone_is_found() -> None:
    history = History()
    del history.events[3]
    assert found(history) == [EVENTS]


def test_an_event_that_is_there_twice_is_found() -> None:
    history = History()
    history.events.insert(4, event(5, "agent_step_finished", sent_as=2, step="discard"))
    assert found(history) == [EVENTS]


def test_events_in_another_order_are_found() -> None:
    history = History()
    history.events[2], history.events[3] = history.events[3], history.events[2]
    assert found(history) == [EVENTS]


def test_an_event_that_says_something_else_is_found() -> None:
    history = History()
    history.events[3] = event(4, "agent_step_finished", sent_as=2, step="verify")
    assert found(history) == [EVENTS]


def test_an_event_that_was_not_acknowledged_may_be_missing() -> None:
    history = History()
    del history.events[3]
    del history.truth.sessions[SESSION].acked[2]
    assert found(history) == []


def test_two_different_events_of_one_seq_that_were_both_acknowledged_are_found() -> None:
    history = History()
    history.truth.sessions[SESSION].acknowledge([Event(2, "install_failed", {"step": "agent"})], 2)
    assert found(history) == [EVENTS]


def test_an_event_that_nobody_sent_is_found() -> None:
    history = History()
    history.events.insert(4, event(5, "agent_noted", sent_as=3, step="discard"))
    assert found(history) == [EVENTS]


def test_an_install_that_left_no_trace_is_found() -> None:
    history = History()
    history.truth.armed.add("install-9")
    assert found(history) == ["no install is lost"]


@pytest.mark.parametrize("state", ["failed", "held", "cancelled"])
def test_a_state_that_needs_a_cause_and_has_none_is_found(state: str) -> None:
    history = History(installs=[done_install(state=state, live=state == "held")], runs="", holds=Partly(INSTALL, 1))
    assert found(history, **{INSTALL: "held"}) == [STANDS]


def test_an_install_past_its_limit_is_found() -> None:
    history = History(installs=[done_install(state="first_boot", live=True, deadline=15_000_000)], runs="", events=[])
    assert found(history, **{INSTALL: "boots its system"}) == [STANDS]


def test_a_live_install_of_which_nothing_says_what_it_waits_for_is_found() -> None:
    history = History(installs=[done_install(state="first_boot", live=True)], runs="")
    assert found(history) == [STANDS]


def test_done_without_a_phone_home_is_found() -> None:
    history = History()
    history.truth.phoned.clear()
    assert found(history) == [PROVEN]


def test_done_without_the_system_on_the_disk_is_found() -> None:
    assert found(History(holds=Empty())) == [PROVEN]


def test_a_register_that_still_names_a_system_after_a_claim_that_came_to_no_end_is_found() -> None:
    failed = done_install(state="failed", cause={"key": "write_stalled"})
    assert found(History(installs=[failed], holds=Partly(INSTALL, 1))) == [REGISTER]


def test_a_register_that_names_no_system_after_the_phone_home_is_found() -> None:
    assert found(History(runs="")) == [REGISTER]


def test_a_register_that_names_another_image_than_the_disk_has_is_found() -> None:
    history = History(runs="b" * 64, installs=[done_install(image="b" * 64)])
    assert REGISTER in found(history)


def test_a_later_claim_that_came_to_no_end_makes_the_system_unknown() -> None:
    later = replace(done_install(id="install-2", state="cancelled", cause={"key": "cancelled_written"}))
    history = History(runs="", holds=System("install-2", 1, IMAGE, plan()))
    history.installs.append(later)
    history.claims.append(replace(history.claims[0], install="install-2", granted_at=GRANTED_AT + 15_000_000))
    assert found(history) == []
    history.runs = IMAGE
    assert found(history) == [REGISTER]
