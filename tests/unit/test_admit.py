"""Who may start and who may write now: as many as every limit leaves, in order, and nobody held up by a full rack."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rackwright.decide.admit import Held, InLine, admit, passing, refuses_start
from rackwright.decide.limits import Limits
from rackwright.values.limit import Over, Reached, Resource, Scope

PLENTY = 1_000


def limits(**values: object) -> Limits:
    given = {"starts": PLENTY, "writes": PLENTY, "bmc_actions": 32, "every_rack": PLENTY, **values}
    return Limits(**given)


def line(*places: str, heard: int = 0) -> list[InLine]:
    """Each `rack/network`, in order."""
    return [InLine(f"i{n}", f"m{n}", 1, n, *place.split("/"), heard_at=heard) for n, place in enumerate(places)]


def started(of: Limits, held: Held, queued: list[InLine]) -> list[int]:
    return [one.since for one in admit(of, held, queued, (), 0).start]


def written(of: Limits, held: Held, waiting: list[InLine], silent_before: int = 0) -> list[int]:
    return [one.since for one in admit(of, held, (), waiting, silent_before).write]


def test_as_many_as_the_site_leaves_the_longest_waiting_first() -> None:
    queued = line("/", "/", "/", "/")
    assert started(limits(starts=3), Held(), queued) == [0, 1, 2]
    assert started(limits(starts=3), Held(starts=2), queued) == [0]
    assert started(limits(starts=3), Held(starts=3), queued) == []
    assert written(limits(writes=2), Held(writes=1), queued) == [0]


def test_more_out_than_may_be_gives_nobody_anything() -> None:
    assert started(limits(starts=3), Held(starts=9), line("/")) == []
    assert written(limits(writes=3), Held(writes=9), line("/")) == []


def test_a_full_rack_holds_up_its_own_machines_only() -> None:
    queued = line("a/", "a/", "b/", "a/", "/", "b/")
    assert started(limits(every_rack=1), Held(), queued) == [0, 2, 4]
    assert started(limits(every_rack=1), Held(racks={"a": 1}), queued) == [2, 4]


def test_a_named_rack_has_its_own_limit() -> None:
    queued = line("a/", "a/", "b/", "b/")
    assert started(limits(every_rack=1, racks={"b": 2}), Held(), queued) == [0, 2, 3]
    assert started(limits(every_rack=0, racks={"b": 1}), Held(), queued) == [2]


def test_a_full_network_holds_up_its_own_machines_only() -> None:
    queued = line("/x", "/y", "/x", "/y", "/")
    assert started(limits(networks={"x": 1}), Held(), queued) == [0, 1, 3, 4]
    assert started(limits(networks={"x": 1}), Held(networks={"x": 1}), queued) == [1, 3, 4]


def test_a_limit_of_zero_stops_everything_it_is_for() -> None:
    assert started(limits(starts=0), Held(), line("/")) == []
    assert written(limits(writes=0), Held(), line("/")) == []
    assert started(limits(every_rack=0), Held(), line("a/", "/")) == [1]


def test_a_silent_machine_is_passed_over_and_keeps_nobody_waiting() -> None:
    quiet, heard = line("/", heard=10), line("/", "/", heard=20)
    assert written(limits(writes=1), Held(), [*quiet, *heard[1:]], silent_before=15) == [1]


def test_what_is_out_afterwards_is_said() -> None:
    admitted = admit(limits(), Held(starts=1), line("a/x", "a/"), line("/"), 0)
    assert (admitted.held.starts, admitted.held.writes) == (3, 1)
    assert admitted.held.racks["a"] == 2
    assert admitted.held.networks["x"] == 1


def test_the_first_limit_that_refuses_is_named() -> None:
    of = limits(starts=5, networks={"x": 4}, every_rack=2)
    full = Held(5, 0, {"x": 4}, {"a": 2})
    assert refuses_start(of, full, "a", "x") == Reached(Scope(Over.SITE), Resource.STARTS, 5)
    almost = Held(4, 0, {"x": 4}, {"a": 2})
    assert refuses_start(of, almost, "a", "x") == Reached(Scope(Over.NETWORK, "x"), Resource.STARTS, 4)
    assert refuses_start(of, almost, "a", "") == Reached(Scope(Over.RACK, "a"), Resource.POWER, 2)
    assert refuses_start(of, almost, "b", "") is None


RACKS, NETWORKS = st.sampled_from(["", "a", "b", "c"]), st.sampled_from(["", "x", "y"])
SMALL = st.integers(0, 4)
LIMITS = st.builds(
    Limits,
    starts=st.integers(0, 12),
    writes=st.integers(0, 6),
    bmc_actions=st.just(32),
    every_rack=SMALL,
    networks=st.dictionaries(st.sampled_from(["x", "y"]), SMALL),
    racks=st.dictionaries(st.sampled_from(["a", "b"]), SMALL),
)
HELD = st.builds(
    Held,
    starts=SMALL,
    writes=SMALL,
    networks=st.dictionaries(st.sampled_from(["x", "y"]), SMALL),
    racks=st.dictionaries(st.sampled_from(["a", "b", "c"]), SMALL),
)
LINE = st.lists(st.tuples(RACKS, NETWORKS, st.integers(0, 3)), max_size=25).map(
    lambda places: [InLine(f"i{n}", f"m{n}", 1, n, rack, network, at) for n, (rack, network, at) in enumerate(places)]
)


@given(LIMITS, HELD, LINE, LINE, st.integers(0, 3))
def test_no_limit_is_ever_passed(of: Limits, held: Held, queued: list[InLine], waiting: list[InLine], now: int) -> None:
    after = admit(of, held, queued, waiting, now).held
    assert after.starts <= max(of.starts, held.starts)
    assert after.writes <= max(of.writes, held.writes)
    for network, most in of.networks.items():
        assert after.networks.get(network, 0) <= max(most, held.networks.get(network, 0))
    for rack in ("a", "b", "c"):
        assert after.racks.get(rack, 0) <= max(of.of_rack(rack) or 0, held.racks.get(rack, 0))


@given(LIMITS, HELD, LINE, LINE, st.integers(0, 3))
def test_nobody_waits_whom_every_limit_leaves_room(
    of: Limits, held: Held, queued: list[InLine], waiting: list[InLine], now: int
) -> None:
    admitted = admit(of, held, queued, waiting, now)
    left = [one for one in queued if one not in admitted.start]
    assert all(refuses_start(of, admitted.held, one.rack, one.network) for one in left)
    heard = [one for one in waiting if one not in admitted.write and one.heard_at >= now]
    assert not heard or admitted.held.writes >= of.writes


@given(LIMITS, HELD, LINE, LINE, st.integers(0, 3))
def test_nobody_is_overtaken_in_the_scope_that_refused_it(
    of: Limits, held: Held, queued: list[InLine], waiting: list[InLine], now: int
) -> None:
    admitted = admit(of, held, queued, waiting, now)
    for position, one in enumerate(queued):
        if one in admitted.start:
            continue
        behind = [other for other in queued[position + 1 :] if other in admitted.start]
        refused = refuses_start(of, _before(admitted.start, held, one), one.rack, one.network)
        assert refused is not None
        match refused.scope.over:
            case Over.SITE:
                assert behind == []
            case Over.NETWORK:
                assert all(other.network != one.network for other in behind)
            case Over.RACK:
                assert all(other.rack != one.rack for other in behind)
    assert list(admitted.write) == [one for one in waiting if one.heard_at >= now][: len(admitted.write)]


def _before(start: tuple[InLine, ...], held: Held, one: InLine) -> Held:
    for other in start:
        if other.since < one.since:
            held = held.with_start(other)
    return held


@given(LIMITS, HELD, LINE)
def test_what_is_not_read_could_not_have_started(of: Limits, held: Held, queued: list[InLine]) -> None:
    past = passing(of, held)

    def read(one: InLine) -> bool:
        only = past.only_racks
        return one.network not in past.networks and one.rack not in past.racks and (only is None or one.rack in only)

    assert all(refuses_start(of, held, one.rack, one.network) for one in queued if not read(one))
    seen = admit(of, held, [one for one in queued if read(one)], (), 0)
    assert seen.start == admit(of, held, queued, (), 0).start
