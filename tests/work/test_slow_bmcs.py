"""Dead and slow BMCs beside healthy ones, sharing few places: the healthy are done in time, counted in rounds."""

from __future__ import annotations

from pathlib import Path

import pytest

from rackwright.oob.fake import Behaviour
from rackwright.settings import LimitSettings
from rackwright.store.effects import Effect
from rackwright.store.store import Store
from rackwright.values.machine import Bmc, BmcType
from tests.story import Site

PLACES, HEALTHY, SICK = 8, 40, 40
ALONE = HEALTHY // PLACES
SLOW_ROUNDS = 2  # a slow BMC keeps its place for as long as it takes to give up on it
ROUND_S = 30


@pytest.fixture
def mixed(sqlite_store: Store, tmp_path: Path) -> Site:
    """Every second machine's BMC is dead or slow; all may start."""
    site = Site(sqlite_store, tmp_path, limits=LimitSettings(starts=HEALTHY + SICK, bmc_actions=PLACES))
    for number in range(1, HEALTHY + SICK + 1):
        site.register(number)
        if is_sick(number):
            site.rack.rack[f"10.77.1.{number}"].behaviour = Behaviour.DEAD if number % 4 == 0 else Behaviour.SLOW
        site.arm(f"web{number:02}")
    site.tick()
    return site


def is_sick(number: int) -> bool:
    return number % 2 == 0


def healthy_on(site: Site) -> int:
    return sum(
        machine.on for address, machine in site.rack.rack.items() if not is_sick(int(address.rpartition(".")[2]))
    )


def rounds_until(site: Site, healthy: int, most: int) -> int:
    """A round leases what the limit leaves and carries it out; a slow one stays leased for some more rounds."""
    numbers = {site.machine(f"web{n:02}").id: n for n in range(1, HEALTHY + SICK + 1)}
    staying: list[tuple[int, Effect]] = []
    for number in range(1, most + 1):
        for effect in site.lease(places=PLACES):
            slow = numbers[effect.machine] % 4 == 2
            staying.append((number + (SLOW_ROUNDS if slow else 0), effect))
        assert len(staying) <= PLACES
        for until, effect in [one for one in staying if one[0] <= number]:
            site.starter().carry_out(effect)
            staying.remove((until, effect))
        if healthy_on(site) >= healthy:
            return number
        site.tick(ROUND_S)
    raise AssertionError(f"{healthy_on(site)} of {healthy} after {most} rounds")


def test_healthy_bmcs_alone_need_no_more_rounds_than_places_ask_for(sqlite_store: Store, tmp_path: Path) -> None:
    site = Site(sqlite_store, tmp_path, limits=LimitSettings(starts=HEALTHY, bmc_actions=PLACES))
    for number in range(1, 2 * HEALTHY, 2):
        site.register(number)
        site.arm(f"web{number:02}")
    site.tick()
    done = 0
    while healthy_on(site) < HEALTHY:
        for effect in site.lease(places=PLACES):
            site.starter().carry_out(effect)
        done += 1
    assert done == ALONE


def test_sick_bmcs_cost_the_healthy_ones_their_first_tries_and_no_more(mixed: Site) -> None:
    """Each sick BMC is tried once before anybody knows that it is; what was tried leaves half of the places free."""
    first_tries = (SICK // 2) * 1 + (SICK // 2) * (1 + SLOW_ROUNDS)  # rounds of one place that they take
    overhead = first_tries // (PLACES // 2)
    assert rounds_until(mixed, HEALTHY, 100) <= 2 * ALONE + overhead + SLOW_ROUNDS


def test_machines_armed_later_are_not_held_up_by_what_is_known_to_be_sick(mixed: Site) -> None:
    """All sick ones were tried before: from then on the healthy have half of the places, whatever the others do."""
    healthy = [f"web{n:02}" for n in range(1, HEALTHY + SICK + 1) if not is_sick(n)]
    for name in healthy:
        mixed.cancel(name)
    while due := mixed.lease(places=PLACES):
        for effect in due:
            mixed.starter().carry_out(effect)
    for name in healthy:
        mixed.arm(name)
    mixed.tick(ROUND_S)
    assert healthy_on(mixed) == 0
    assert rounds_until(mixed, HEALTHY, 100) <= 2 * ALONE + SLOW_ROUNDS


def test_one_machine_s_bmc_bears_one_action_at_a_time(mixed: Site) -> None:
    first = mixed.lease(places=PLACES)
    again = mixed.lease(places=2 * PLACES)
    assert {one.machine for one in first} & {one.machine for one in again} == set()
    assert (len(first), len(again)) == (PLACES, PLACES)


def test_with_a_limit_of_zero_no_bmc_is_told_anything(mixed: Site) -> None:
    assert mixed.lease(places=0) == []


def test_a_bmc_s_address_belongs_to_one_machine_of_the_site(mixed: Site) -> None:
    """So that one effect a machine is one action a BMC."""
    taken = mixed.machine("web01").bmc.address
    with pytest.raises(Exception, match=r"bmc_address|UNIQUE|unique"):
        mixed.register(99, bmc=Bmc(BmcType.IPMI, taken, "admin", "sealed"))
