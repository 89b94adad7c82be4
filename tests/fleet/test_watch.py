"""Samples of the running server: limits, one live install a machine, and when each claim was over."""

from __future__ import annotations

from dataclasses import replace

from fleet.seen import InstallSeen, Sample
from fleet.watch import Resource, Watch
from tests.fleet.history import INSTALL, done_install, rules, sample


def standing(number: int, state: str, **given: bool) -> InstallSeen:
    given = {"claimed": False, "live": True, **given}
    return done_install(id=f"install-{number}", machine=f"id-{number}", state=state, **given)


def seen(*samples: Sample) -> Watch:
    watch = Watch()
    for one in samples:
        watch.see(one)
    return watch


def over(watch: Watch) -> list[tuple[Resource, int, int]]:
    return [(one.what, len(one.out), one.allowed) for one in watch.exceeded]


def test_as_many_as_the_limits_allow_are_no_violation() -> None:
    watch = seen(sample(standing(1, "starting"), standing(2, "inspecting"), standing(3, "granted")))
    assert watch.exceeded == []
    assert (watch.most_permits, watch.most_slots) == (2, 1)


def test_one_permit_too_many_is_found() -> None:
    watch = seen(sample(*(standing(n, "starting") for n in range(3))))
    assert over(watch) == [(Resource.PERMITS, 3, 2)]


def test_one_slot_too_many_is_found() -> None:
    watch = seen(sample(standing(1, "granted"), standing(2, "installing", claimed=True)))
    assert over(watch) == [(Resource.SLOTS, 2, 1)]


def test_a_limit_that_was_lowered_takes_nothing_away() -> None:
    three = [standing(n, "starting") for n in range(3)]
    watch = seen(sample(*three, permits=3), sample(*three, permits=1), sample(*three[:2], permits=1))
    assert watch.exceeded == []


def test_nothing_new_is_given_out_above_a_limit_that_was_lowered() -> None:
    three = [standing(n, "starting") for n in range(3)]
    watch = seen(sample(*three, permits=3), sample(*three[:2], permits=1), sample(*three, permits=1))
    assert over(watch) == [(Resource.PERMITS, 3, 2)]


def test_two_live_installs_of_one_machine_are_found() -> None:
    twins = [done_install(id=name, state="queued", live=True, claimed=False) for name in ("one", "two")]
    assert rules(seen(sample(*twins)).violations) == ["at most one live install a machine"]


def test_a_claim_is_over_from_the_first_sample_that_says_so() -> None:
    writing = done_install(state="installing", live=True)
    failed = done_install(state="failed", cause={"key": "write_stalled"})
    watch = seen(sample(writing, at=1), sample(failed, at=2), sample(failed, at=3))
    assert watch.over == {(INSTALL, 1): 2}


def test_a_claim_is_over_when_a_later_attempt_is_seen() -> None:
    again = done_install(state="queued", attempt=2, claimed=False, live=True)
    watch = seen(sample(done_install(state="installing", live=True), at=1), sample(again, at=2))
    assert watch.over == {(INSTALL, 1): 2}


def test_more_machines_of_one_rack_than_its_supply_bears_are_found() -> None:
    watch = Watch(rack_of={"id-1": "A", "id-2": "A", "id-3": "B"})
    starting = [standing(n, "starting") for n in (1, 2, 3)]
    watch.see(replace(sample(*starting, permits=9), of_rack=1))
    assert over(watch) == [(Resource.POWER, 2, 1)]
