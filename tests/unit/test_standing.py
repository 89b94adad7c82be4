"""Where an install stands in line, about how long it will wait, and how that is said."""

from __future__ import annotations

import pytest

from rackwright.decide.admit import Held
from rackwright.decide.lifecycle import Trigger
from rackwright.decide.limits import Limits
from rackwright.decide.pace import Pace, Step, pace_of
from rackwright.decide.standing import Line, decide_standing
from rackwright.values.install import State
from rackwright.values.limit import SITE, Over, Reached, Resource, Scope
from rackwright.values.standing import Standing
from rackwright.words.standing import ordinal, span, standing_in_words

LIMITS = Limits(starts=55, writes=20, bmc_actions=32, every_rack=2, networks={"lab": 10})
PACE = Pace(start_s=1650, power_s=60, write_s=300)
LINE = Line(12, 80, "A12", "lab", of_rack=3, of_network=5)
FULL = Reached(SITE, Resource.STARTS, 55)


def test_the_site_s_limit_is_estimated_by_the_place_in_the_whole_line() -> None:
    standing = decide_standing(State.QUEUED, LINE, LIMITS, Held(starts=55), PACE)
    assert standing == Standing(12, 80, FULL, estimate_s=360)
    assert standing_in_words("en", standing) == "12th of 80, the site's limit of 55 is reached, about 6 min"
    assert standing_in_words("zh", standing) == "第 12 位，共 80 台，已达到站点上限 55，约 6 分钟"


def test_a_rack_s_and_a_network_s_limit_by_the_place_among_its_own() -> None:
    rack = decide_standing(State.QUEUED, LINE, LIMITS, Held(racks={"A12": 2}), PACE)
    assert rack == Standing(12, 80, Reached(Scope(Over.RACK, "A12"), Resource.POWER, 2), estimate_s=90)
    network = decide_standing(State.QUEUED, LINE, LIMITS, Held(networks={"lab": 10}), PACE)
    assert network.estimate_s == 5 * 1650 // 10


def test_who_waits_to_write_waits_for_the_writers() -> None:
    standing = decide_standing(State.WAITING, LINE, LIMITS, Held(starts=55, writes=20), PACE)
    assert standing == Standing(12, 80, Reached(SITE, Resource.WRITES, 20), estimate_s=180)


def test_nothing_is_estimated_that_nobody_can_know() -> None:
    assert decide_standing(State.QUEUED, LINE, LIMITS, Held(starts=55), Pace()).estimate_s == 0
    stopped = Limits(starts=0, writes=0, bmc_actions=1, every_rack=1)
    assert decide_standing(State.QUEUED, LINE, stopped, Held(), PACE).estimate_s == 0
    assert decide_standing(State.QUEUED, LINE, LIMITS, Held(), PACE) == Standing(12, 80)
    silent = decide_standing(State.WAITING, LINE, LIMITS, Held(writes=20), PACE, silent_s=180)
    assert silent == Standing(12, 80, silent_s=180)


@pytest.mark.parametrize(
    ("standing", "english"),
    [
        (Standing(1, 1), "1st of 1, goes on at the next look"),
        (Standing(2, 9, Reached(SITE, Resource.WRITES, 0)), "2nd of 9, the site's limit is 0: nothing goes on until it is raised"),
        (Standing(3, 9, silent_s=200), "3rd of 9, no contact for 3 min: it is passed over until its agent asks again"),
        (Standing(4, 9, Reached(Scope(Over.RACK, "A12"), Resource.POWER, 0)),
         "4th of 9, the limit of rack A12 is 0: nothing starts there until it is raised"),
        (Standing(5, 9, Reached(Scope(Over.NETWORK, "lab"), Resource.STARTS, 7)), "5th of 9, the limit of 7 of network lab is reached"),
    ],
)  # fmt: skip
def test_each_reason_is_said(standing: Standing, english: str) -> None:
    assert standing_in_words("en", standing) == english
    assert f"第 {standing.place} 位" in standing_in_words("zh", standing)


def test_ordinals() -> None:
    numbers = (1, 2, 3, 4, 10, 11, 12, 13, 14, 21, 22, 23, 101, 111, 112, 1003)
    assert " ".join(ordinal("en", number) for number in numbers) == (
        "1st 2nd 3rd 4th 10th 11th 12th 13th 14th 21st 22nd 23rd 101st 111th 112th 1003rd"
    )


def test_spans_have_one_unit() -> None:
    assert [span("en", s) for s in (1, 119, 120, 3600, 7199, 7200, 172800)] == [
        "1 s", "119 s", "2 min", "60 min", "120 min", "2 h", "2 d",
    ]  # fmt: skip


def steps(install: str, *times: int) -> list[Step]:
    order = (Trigger.PERMITTED, Trigger.BOOTED, Trigger.MATCHED, Trigger.SLOT_GIVEN, Trigger.HANDED_OVER)
    return [Step(install, step, at * 1_000_000) for step, at in zip(order, times, strict=False)]


def test_the_pace_is_the_middle_of_what_was_held_lately() -> None:
    seen = [*steps("a", 0, 10, 100, 150, 450), *steps("b", 0, 20, 110, 110, 210), *steps("c", 0, 90, 900)]
    assert pace_of(seen, Pace()) == Pace(start_s=110, power_s=20, write_s=200)


def test_without_news_the_pace_stays() -> None:
    assert pace_of(steps("a", 0), Pace(5, 6, 7)) == Pace(5, 6, 7)
    assert pace_of(steps("a", 0, 10), Pace(5, 6, 7)) == Pace(5, 10, 7)


def test_a_second_start_counts_from_its_own_permit() -> None:
    again = [*steps("a", 0), *steps("a", 1800, 1860, 1900)]
    assert pace_of(again, Pace()) == Pace(start_s=100, power_s=60)
