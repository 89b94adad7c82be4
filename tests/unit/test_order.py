"""What the agent is told to do, by where its install stands and who asks."""

from __future__ import annotations

import pytest

from rackwright.decide.order import STALE_POLL_S, decide_order
from rackwright.values.install import State
from rackwright_wire.messages import Act
from tests.builders import install

CAUSE = {"key": "wrong_serial"}


@pytest.mark.parametrize(
    ("state", "claimed", "to_the_live_one", "to_another"),
    [
        (State.QUEUED, False, Act.IDLE, Act.IDLE),
        (State.STARTING, False, Act.IDLE, Act.IDLE),
        (State.INSPECTING, False, Act.INSPECT, Act.IDLE),
        (State.WAITING, False, Act.WAIT, Act.IDLE),
        (State.GRANTED, False, Act.CLAIM, Act.IDLE),
        (State.INSTALLING, True, Act.CONTINUE, Act.IDLE),
        (State.FIRST_BOOT, True, Act.REBOOT, Act.IDLE),
        (State.HELD, False, Act.IDLE, Act.IDLE),
        (State.HELD, True, Act.STOP, Act.IDLE),
        (State.FAILED, False, Act.IDLE, Act.IDLE),
        (State.FAILED, True, Act.STOP, Act.IDLE),
        (State.CANCELLED, True, Act.STOP, Act.IDLE),
        (State.DONE, True, Act.STOP, Act.IDLE),
    ],
)
def test_who_is_told_what(state: State, claimed: bool, to_the_live_one: Act, to_another: Act) -> None:
    stands = install().standing(state).having(session="me", claimed=claimed, cause=CAUSE).build()
    assert decide_order(stands, "me", False).act is to_the_live_one
    assert decide_order(stands, "you", False).act is to_another
    assert decide_order(stands, "me", True).act is Act.STOP


def test_a_fenced_session_is_told_to_stop_and_seldom_to_ask() -> None:
    says = decide_order(install().build(), "me", True)
    assert (says.act, says.key, says.poll_s) == (Act.STOP, "order_stale", STALE_POLL_S)


def test_a_machine_that_nobody_armed_idles() -> None:
    assert decide_order(None, "me", False).key == "order_nothing_armed"


@pytest.mark.parametrize(
    ("state", "powered_on_at", "act"),
    [
        (State.STARTING, 0, Act.IDLE),
        (State.STARTING, 9, Act.INSPECT),
        (State.INSPECTING, 9, Act.INSPECT),
        (State.QUEUED, 9, Act.IDLE),
    ],
)
def test_a_boot_that_may_be_the_awaited_one_is_asked_to_report_again(
    state: State, powered_on_at: int, act: Act
) -> None:
    stands = install().standing(state).having(powered_on_at=powered_on_at, session="").build()
    assert decide_order(stands, "me", False).act is act


def test_who_waits_sees_its_place_and_who_is_held_sees_why() -> None:
    waiting = install().standing(State.WAITING).having(session="me").build()
    assert decide_order(waiting, "me", False, 4).poll_s > decide_order(waiting, "me", False, 1).poll_s
    held = install().standing(State.HELD).having(session="me", cause=CAUSE).build()
    assert decide_order(held, "me", False).values == {"cause": "wrong_serial"}
    assert decide_order(held, "you", False).values == {"cause": "wrong_serial"}
