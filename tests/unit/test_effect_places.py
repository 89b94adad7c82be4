"""Who may act on BMCs now: those that did not answer before never take more than half."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rackwright.decide.effect_places import Busy, share_places

N = st.integers(0, 40)


@pytest.mark.parametrize(
    ("places", "room", "busy", "fresh", "again", "may"),
    [
        (8, 99, Busy(0, 0), 40, 0, (8, 0)),
        (8, 99, Busy(0, 0), 40, 40, (4, 4)),
        (8, 99, Busy(0, 0), 0, 40, (0, 4)),
        (8, 99, Busy(4, 4), 40, 40, (4, 0)),
        (8, 99, Busy(0, 0), 6, 40, (4, 4)),
        (8, 3, Busy(0, 0), 40, 40, (2, 1)),
        (8, 99, Busy(7, 0), 40, 40, (1, 0)),
        (8, 99, Busy(7, 0), 0, 40, (0, 1)),
        (1, 99, Busy(0, 0), 0, 5, (0, 1)),
        (0, 99, Busy(0, 0), 5, 5, (0, 0)),
        (4, 99, Busy(8, 2), 5, 5, (0, 0)),  # the limit was lowered
    ],
)
def test_shares(places: int, room: int, busy: Busy, fresh: int, again: int, may: tuple[int, int]) -> None:
    assert share_places(places, room, busy, fresh, again) == may


@given(N, N, N, N, N)
def test_no_place_is_given_twice_and_half_is_never_theirs(
    places: int, room: int, busy: int, fresh: int, again: int
) -> None:
    new, old = share_places(places, room, Busy(busy, busy // 2), fresh, again)
    assert new + old <= max(0, min(room, places - busy))
    assert old + busy // 2 <= max((places + 1) // 2, busy // 2)
    assert new <= fresh
    assert old <= again


@given(N, N, N, N)
def test_a_healthy_one_waits_only_for_places_that_are_taken(places: int, room: int, fresh: int, again: int) -> None:
    new, old = share_places(places, room, Busy(0, 0), fresh, again)
    assert new == min(fresh, min(places, room) - old)
