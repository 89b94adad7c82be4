"""Who may start and who may write now."""

from __future__ import annotations

import pytest

from rackwright.decide.admit import Limits, admit
from rackwright.values.install import Install, State
from tests.builders import install

S = State


def some(state: State, number: int) -> list[Install]:
    return [install().standing(state).build() for _ in range(number)]


@pytest.mark.parametrize(
    ("counts", "queued", "waiting", "start", "write"),
    [
        ({}, 0, 0, 0, 0),
        ({}, 9, 9, 3, 2),
        ({}, 1, 1, 1, 1),
        ({S.STARTING: 2}, 9, 0, 1, 0),
        ({S.STARTING: 2, S.INSPECTING: 1}, 9, 0, 0, 0),
        ({S.GRANTED: 1, S.INSTALLING: 1}, 0, 9, 0, 0),
        ({S.GRANTED: 1}, 0, 9, 0, 1),
        ({S.STARTING: 9, S.INSTALLING: 9}, 9, 9, 0, 0),  # more than may: limits were lowered
        ({S.FIRST_BOOT: 50, S.HELD: 50, S.WAITING: 50, S.QUEUED: 50}, 9, 9, 3, 2),
    ],
)
def test_as_many_as_the_limits_leave(
    counts: dict[State, int], queued: int, waiting: int, start: int, write: int
) -> None:
    in_queue, in_line = some(S.QUEUED, queued), some(S.WAITING, waiting)
    admitted = admit(counts, in_queue, in_line, Limits(permits=3, slots=2))
    assert admitted.start == tuple(in_queue[:start])
    assert admitted.write == tuple(in_line[:write])
