"""What an install gets that stood too long."""

from __future__ import annotations

import pytest

from rackwright.decide.lifecycle import Trigger
from rackwright.decide.overdue import decide_overdue, is_stalled
from rackwright.values.install import State
from tests.builders import install

NOW = 1_000_000_000
AGAIN, OVER = Trigger.START_AGAIN, Trigger.OVERDUE


@pytest.mark.parametrize(
    ("state", "tries", "trigger", "key"),
    [
        (State.STARTING, 0, AGAIN, "no_boot_request"),
        (State.STARTING, 1, AGAIN, "no_boot_request"),
        (State.STARTING, 2, OVER, "never_netbooted"),
        (State.STARTING, 9, OVER, "never_netbooted"),
        (State.INSPECTING, 0, OVER, "agent_silent"),
        (State.GRANTED, 0, OVER, "never_claimed"),
        (State.INSTALLING, 0, OVER, "write_too_slow"),
        (State.FIRST_BOOT, 0, OVER, "never_phoned_home"),
        (State.WAITING, 0, OVER, "overdue"),
    ],
)
def test_only_a_start_is_tried_again(state: State, tries: int, trigger: Trigger, key: str) -> None:
    stands = install().standing(state).having(tries=tries, since=NOW - 60_000_000, powered_on_at=1).build()
    overdue = decide_overdue(stands, NOW)
    assert (overdue.trigger, overdue.cause["key"], overdue.cause["seconds"]) == (trigger, key, 60)


@pytest.mark.parametrize(("tries", "key"), [(0, "not_powered_on"), (1, "not_powered_on"), (2, "never_powered_on")])
def test_one_that_was_never_powered_on_is_not_said_to_have_been(tries: int, key: str) -> None:
    stands = install().standing(State.STARTING).having(tries=tries, since=NOW - 60_000_000).build()
    assert decide_overdue(stands, NOW).cause["key"] == key


@pytest.mark.parametrize(
    ("state", "since_s", "moved_s", "stalled"),
    [
        (State.INSTALLING, -500, -101, True),
        (State.INSTALLING, -500, -100, False),
        (State.INSTALLING, -500, 0, False),
        (State.INSTALLING, -99, None, False),
        (State.INSTALLING, -101, None, True),
        (State.INSTALLING, -50, -400, False),  # it moved for another install, before this one began
        (State.FIRST_BOOT, -500, -400, False),
        (State.WAITING, -500, -400, False),
    ],
)
def test_only_writing_stalls(state: State, since_s: int, moved_s: int | None, stalled: bool) -> None:
    stands = install().standing(state).having(since=NOW + since_s * 1_000_000).build()
    moved_at = 0 if moved_s is None else NOW + moved_s * 1_000_000
    assert is_stalled(stands, moved_at, NOW, 100) is stalled
