"""Only what was given out counts against a limit, not a machine that booted again by itself out of the line."""

from __future__ import annotations

from fleet.checks_of_limits import RULE, limits_were_kept, most_that_came_back
from fleet.seen import EventSeen
from fleet.watch import Exceeded, Resource
from tests.fleet.history import INSTALL, History, done_install, rules

AT = 100


def history(*kinds: tuple[str, str]) -> History:
    """One install that went through these events, each with the state it led to."""
    made = History(installs=[done_install(state="inspecting", live=True)])
    made.events = [
        EventSeen(seq, seq, INSTALL, kind, {"state": state}, "machine", None, None)
        for seq, (kind, state) in enumerate(kinds, 1)
    ]
    return made


PERMITTED = ("install_permitted", "starting"), ("install_booted", "inspecting")
CAME_BACK = (*PERMITTED, ("install_matched", "waiting"), ("install_booted", "inspecting"))


def test_one_permit_more_than_the_limit_is_found() -> None:
    one = Exceeded(Resource.PERMITS, AT, frozenset({INSTALL}), 0)
    assert rules(limits_were_kept([one], history(*PERMITTED).final)) == [RULE]


def test_a_machine_that_booted_again_while_it_waited_took_its_permit_itself() -> None:
    one = Exceeded(Resource.PERMITS, AT, frozenset({INSTALL}), 0)
    final = history(*CAME_BACK).final
    assert limits_were_kept([one], final) == []
    assert most_that_came_back([one], final) == 1


def test_once_it_is_permitted_again_it_counts_again() -> None:
    again = (*CAME_BACK, ("install_overdue", "failed"), ("install_retried", "queued"), *PERMITTED)
    one = Exceeded(Resource.PERMITS, AT, frozenset({INSTALL}), 0)
    assert rules(limits_were_kept([one], history(*again).final)) == [RULE]


def test_no_slot_is_taken_by_coming_back() -> None:
    one = Exceeded(Resource.SLOTS, AT, frozenset({INSTALL}), 0)
    assert rules(limits_were_kept([one], history(*CAME_BACK).final)) == [RULE]
