"""The table of the life of an install: every state with every trigger."""

from __future__ import annotations

from typing import get_args

import pytest
from pydantic import ValidationError

from rackwright.decide.lifecycle import EDGES, STAGES, Holds, Refused, Trigger, move, netboot
from rackwright.settings import Settings, TimedState
from rackwright.values.boot import Boots
from rackwright.values.install import Install, State
from tests.builders import install

S, T = State, Trigger
NOW = 5_000_000_000
PAIRS = [(state, trigger) for state in State for trigger in Trigger]
AT_WORK = (S.QUEUED, S.STARTING, S.INSPECTING, S.WAITING, S.GRANTED)
EXPECTED = {
    S.QUEUED: {T.PERMITTED: S.STARTING, T.CANCELLED: S.CANCELLED, T.EXPIRED: S.CANCELLED},
    S.STARTING: {
        T.BOOTED: S.INSPECTING, T.START_AGAIN: S.QUEUED, T.BROKE: S.FAILED, T.OVERDUE: S.FAILED,
        T.CANCELLED: S.CANCELLED, T.DIFFERED: S.HELD,
    },
    S.INSPECTING: {
        T.BOOTED: S.INSPECTING, T.MATCHED: S.WAITING, T.DIFFERED: S.HELD, T.BROKE: S.FAILED, T.OVERDUE: S.FAILED,
        T.CANCELLED: S.CANCELLED,
    },
    S.WAITING: {
        T.BOOTED: S.INSPECTING, T.SLOT_GIVEN: S.GRANTED, T.BROKE: S.FAILED, T.CANCELLED: S.CANCELLED,
        T.LOST_CONTACT: S.FAILED, T.EXPIRED: S.CANCELLED,
    },
    S.GRANTED: {
        T.DIFFERED: S.HELD, T.LOST_CONTACT: S.WAITING,
        T.BOOTED: S.INSPECTING, T.CLAIMED: S.INSTALLING, T.BROKE: S.FAILED, T.OVERDUE: S.FAILED,
        T.CANCELLED: S.CANCELLED,
    },
    S.INSTALLING: {
        T.HANDED_OVER: S.FIRST_BOOT, T.BOOTED: S.HELD, T.PHONED_HOME: S.DONE, T.BROKE: S.FAILED, T.OVERDUE: S.FAILED,
        T.CANCELLED: S.CANCELLED,
    },
    S.FIRST_BOOT: {
        T.PHONED_HOME: S.DONE, T.DIFFERED: S.HELD, T.OVERDUE: S.FAILED, T.CANCELLED: S.CANCELLED,
    },
    S.HELD: {T.PHONED_HOME: S.DONE, T.RETRIED: S.QUEUED, T.CANCELLED: S.CANCELLED, T.EXPIRED: S.CANCELLED},
    S.FAILED: {T.PHONED_HOME: S.DONE, T.RETRIED: S.QUEUED},
    S.DONE: {},
    S.CANCELLED: {},
}  # fmt: skip


def standing(state: State, **values: object) -> Install:
    return install().standing(state).having(**values).build()


@pytest.mark.parametrize(("state", "trigger"), PAIRS)
def test_every_pair_is_an_edge_of_the_table_or_refused_without_moving(state: State, trigger: Trigger) -> None:
    before = standing(state, claimed=trigger is not T.EXPIRED)
    after = move(before, trigger, NOW, {})
    expected = EXPECTED[state].get(trigger)
    if expected is None:
        assert after == Refused(state, trigger)
    else:
        assert isinstance(after, Install)
        assert (after.state, after.live, after.since) == (expected, STAGES[expected].live, NOW)
        assert (after.id, after.machine, after.image, after.armed_by) == (
            before.id, before.machine, before.image, before.armed_by,
        )  # fmt: skip


def test_the_table_has_a_stage_for_every_state() -> None:
    assert set(STAGES) == set(State)


def test_only_ended_states_are_not_live() -> None:
    assert {state for state in State if not STAGES[state].live} == {S.DONE, S.FAILED, S.CANCELLED}


@pytest.mark.parametrize(
    ("holds", "states"),
    [(Holds.PERMIT, {S.STARTING, S.INSPECTING}), (Holds.SLOT, {S.GRANTED, S.INSTALLING})],
)
def test_what_a_state_holds(holds: Holds, states: set[State]) -> None:
    assert {state for state in State if STAGES[state].holds is holds} == states


@pytest.mark.parametrize("state", State)
def test_a_phone_home_without_a_claim_is_refused_everywhere(state: State) -> None:
    assert isinstance(move(standing(state, claimed=False), T.PHONED_HOME, NOW, {}), Refused)


@pytest.mark.parametrize("state", State)
def test_an_arming_does_not_expire_once_its_disk_was_claimed(state: State) -> None:
    assert isinstance(move(standing(state, claimed=True), T.EXPIRED, NOW, {}), Refused)


@pytest.mark.parametrize("state", [S.INSTALLING, S.FIRST_BOOT, S.HELD, S.FAILED, S.CANCELLED, S.DONE])
def test_after_the_claim_nothing_but_a_retry_leads_back_to_work(state: State) -> None:
    reached, left = set[State](), [standing(state, claimed=True)]
    while left:
        here = left.pop()
        for trigger in set(Trigger) - {T.RETRIED}:
            after = move(here, trigger, NOW, {})
            if isinstance(after, Install) and after.state not in reached:
                reached.add(after.state)
                left.append(after)
                assert after.claimed
    assert not reached & set(AT_WORK)


@pytest.mark.parametrize(
    ("state", "claimed", "boots"),
    [
        (S.QUEUED, False, Boots.DISK),
        (S.STARTING, False, Boots.RAM_OS),
        (S.INSPECTING, False, Boots.RAM_OS),
        (S.WAITING, False, Boots.RAM_OS),
        (S.GRANTED, False, Boots.RAM_OS),
        (S.INSTALLING, True, Boots.DISK),
        (S.FIRST_BOOT, True, Boots.DISK),
        (S.DONE, True, Boots.DISK),
        (S.HELD, False, Boots.RAM_OS),
        (S.HELD, True, Boots.DISK),  # it may have a system
        (S.FAILED, False, Boots.DISK),
        (S.FAILED, True, Boots.RAM_OS),  # half written: disks read-only, the logs kept
        (S.CANCELLED, False, Boots.DISK),
        (S.CANCELLED, True, Boots.RAM_OS),
    ],
)
def test_what_a_netboot_gets(state: State, claimed: bool, boots: Boots) -> None:
    assert netboot(standing(state, claimed=claimed, powered_on_at=9)) is boots


def test_a_machine_held_before_its_power_was_touched_boots_its_disk() -> None:
    assert netboot(standing(S.HELD, powered_on_at=0)) is Boots.DISK


def test_the_deadline_comes_from_the_table_or_the_settings() -> None:
    granted = standing(S.WAITING)
    from_table = move(granted, T.SLOT_GIVEN, NOW, {})
    from_settings = move(granted, T.SLOT_GIVEN, NOW, {S.GRANTED: 7})
    without = move(granted, T.SLOT_GIVEN, NOW, {S.GRANTED: 0})
    deadlines = [one.deadline for one in (from_table, from_settings, without) if isinstance(one, Install)]
    assert deadlines == [NOW + 180_000_000, NOW + 7_000_000, 0]


def test_a_retry_is_a_new_attempt_that_has_claimed_nothing() -> None:
    old = standing(
        S.FAILED, attempt=2, tries=2, claimed=True, session="s", powered_on_at=9, cause={"key": "agent_failed"}
    )
    new = move(old, T.RETRIED, NOW, {})
    assert isinstance(new, Install)
    assert (new.attempt, new.tries, new.claimed, new.session, new.powered_on_at, new.cause) == (3, 0, False, "", 0, {})


def test_another_start_counts_and_waits_for_a_new_power_on() -> None:
    again = move(standing(S.STARTING, tries=1, powered_on_at=9), T.START_AGAIN, NOW, {})
    assert isinstance(again, Install)
    assert (again.tries, again.powered_on_at, again.attempt) == (2, 0, 1)


@pytest.mark.parametrize(
    ("state", "trigger"), [(S.INSPECTING, T.MATCHED), (S.WAITING, T.BOOTED), (S.HELD, T.PHONED_HOME)]
)
def test_a_cause_ends_with_what_it_explains(state: State, trigger: Trigger) -> None:
    after = move(standing(state, claimed=True, cause={"key": "wrong_serial"}), trigger, NOW, {})
    assert isinstance(after, Install)
    assert after.cause == {}


def test_every_edge_leads_to_a_state_of_the_table() -> None:
    assert {(s, t): to for s, row in EXPECTED.items() for t, to in row.items()} == dict(EDGES)


def test_a_deadline_can_be_set_for_exactly_the_states_that_can_be_overdue() -> None:
    """Any other would be found overdue at each look of the reconciler, and moved by none."""
    assert set(get_args(TimedState)) == {state for state, trigger in EDGES if trigger is Trigger.OVERDUE}
    set_for = Settings.model_validate({"deadlines_s": {"starting": 60}})
    assert set_for.deadlines_s.get(State.STARTING) == 60
    with pytest.raises(ValidationError):
        Settings.model_validate({"deadlines_s": {"held": 60}})
