"""The effect that starts a machine: verified, re-checked before each act, put off, given up, taken over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from rackwright.oob.fake import Behaviour, FakeMachine
from rackwright.ports import BmcAddress
from rackwright.store import effects, machines
from rackwright.values.install import State
from rackwright.values.machine import Bmc, BmcType, Protection
from rackwright.work.start_machine import TRIES
from tests.robot import Robot
from tests.story import LEASE_US, ON_THE_WAY, Site, machine_with

ACTS = ("power_off", "netboot_once", "power_on")


@dataclass
class Watched:
    """The site's fake rack; writes down every act, and calls back before one."""

    site: Site
    before: dict[str, Callable[[], None]] = field(default_factory=dict[str, Callable[[], None]])
    acts: list[str] = field(default_factory=list[str])
    never_on: bool = False

    def __getattr__(self, name: str) -> Any:
        def call(bmc: BmcAddress, **given: Any) -> Any:
            self.before.pop(name, lambda: None)()
            if name in ACTS:
                self.acts.append(name)
            if name == "power_on" and self.never_on:
                return None
            return getattr(self.site.rack, name)(bmc, **given)

        return call


def bmc_of(site: Site) -> FakeMachine:
    return site.rack.rack["10.77.1.1"]


@pytest.fixture
def watched(site: Site) -> Watched:
    site.tick()
    return Watched(site)


@pytest.mark.parametrize("on", [True, False], ids=["on before", "off before"])
def test_a_start_is_off_then_netboot_then_on(site: Site, watched: Watched, on: bool) -> None:
    bmc_of(site).on = on
    site.power(watched)
    assert watched.acts == ["power_off", "netboot_once", "power_on"]
    assert [one.value for one in bmc_of(site).booted if one] == ["uefi"]
    assert site.install().powered_on_at == site.clock()
    assert site.kinds()[-2:] == ["powered_off", "powered_on"]
    assert site.machine().bmc.cipher == 17


def test_a_machine_without_a_bmc_asks_a_person_to_press_the_button(site: Site) -> None:
    site.cancel()
    site.store.write(lambda tx: machines.put(tx, machine_with(site.machine(), bmc=Bmc())))
    site.clock.go(1)
    site.arm()
    site.tick()
    site.power()
    assert site.kinds()[-1] == "push_the_button"
    assert Robot(site).joins()["order"]["act"] == "wait"


def test_a_dead_bmc_is_tried_five_times_ever_later_and_then_fails(site: Site, watched: Watched) -> None:
    bmc_of(site).behaviour = Behaviour.DEAD
    pauses: list[int] = []
    for _ in range(TRIES):
        waited = 0
        while not site.power(watched):
            site.tick()
            waited += 1
        pauses.append(waited)
    assert pauses == [0, 5, 10, 15, 20]
    assert site.state() is State.FAILED
    assert site.install().cause["key"] == "bmc_unreachable"
    assert "10.77.1.1" in site.view().text
    assert site.kinds().count("bmc_retry") == TRIES - 1
    assert watched.acts == []
    site.wait(100)
    assert site.power(watched) == 0


@pytest.mark.parametrize(
    ("behaviour", "password"),
    [(Behaviour.POOR, "secret"), (Behaviour.LYING, "secret"), (Behaviour.HONEST, "changed")],
    ids=["knows no boot flags", "says yes and does nothing", "another password"],
)
def test_a_bmc_that_refuses_fails_at_once(site: Site, watched: Watched, behaviour: Behaviour, password: str) -> None:
    bmc_of(site).behaviour, bmc_of(site).password = behaviour, password
    site.power(watched)
    assert site.state() is State.FAILED
    assert site.install().cause["key"] == "bmc_failed"
    assert "power_on" not in watched.acts


def test_a_bmc_that_says_on_and_stays_off_is_not_believed(site: Site, watched: Watched) -> None:
    watched.never_on = True
    for _ in range(TRIES):
        assert site.install().powered_on_at == 0
        while not site.power(watched):
            site.tick()
    assert site.state() is State.FAILED
    assert "power is not on" in site.view().text
    assert "powered_on" not in site.kinds()


def test_a_bmc_that_comes_back_starts_the_machine_after_all(site: Site, watched: Watched) -> None:
    bmc_of(site).behaviour = Behaviour.BUSY
    site.power(watched)
    bmc_of(site).behaviour = Behaviour.HONEST
    site.wait(6)
    site.power(watched)
    assert site.kinds()[-2:] == ["powered_off", "powered_on"]


@pytest.mark.parametrize("act", ACTS)
def test_after_a_cancel_there_is_no_further_power_act(site: Site, watched: Watched, act: str) -> None:
    watched.before[act] = lambda: site.cancel() and None
    site.power(watched)
    assert watched.acts == list(ACTS[: ACTS.index(act) + 1])
    assert site.state() is State.CANCELLED
    assert site.install().powered_on_at == 0
    assert "powered_on" not in site.kinds()
    site.wait(300)
    assert site.power(watched) == 0


def test_a_cancelled_install_is_never_powered(site: Site, watched: Watched) -> None:
    site.cancel()
    site.power(watched)
    assert watched.acts == []


def test_a_machine_protected_after_it_was_armed_is_not_powered(site: Site, watched: Watched) -> None:
    site.store.write(
        lambda tx: machines.put(tx, machine_with(site.machine(), protection=Protection("ann", "runs payroll", 1)))
    )
    site.power(watched)
    assert (watched.acts, site.state()) == ([], State.FAILED)
    assert site.install().cause["key"] == "protected_meanwhile"


def test_a_bmc_without_a_driver_fails_and_says_so(site: Site, watched: Watched) -> None:
    bmc = Bmc(BmcType.REDFISH, "10.77.1.1", "admin", "")
    site.store.write(lambda tx: machines.put(tx, machine_with(site.machine(), bmc=bmc)))
    site.power(watched)
    assert site.state() is State.FAILED
    assert "driver" in site.view().text


@pytest.mark.parametrize("act", [*ACTS, "power", "probe_cipher"])
def test_a_crash_in_the_middle_reaches_the_same_end_when_it_is_run_again(
    site: Site, watched: Watched, act: str
) -> None:
    def crash() -> None:
        raise ZeroDivisionError

    watched.before[act] = crash
    with pytest.raises(ZeroDivisionError):
        site.power(watched)
    assert site.lease() == []
    site.wait(LEASE_US / 1_000_000 + 1)
    site.power(watched)
    assert site.kinds()[-1] == "powered_on"
    assert bmc_of(site).on
    assert len(bmc_of(site).booted) == 1
    assert Robot(site).joins()["order"]["act"] == "wait"


def test_another_process_takes_an_effect_over_only_when_its_lease_has_run_out(site: Site, watched: Watched) -> None:
    assert len(site.lease("one")) == 1
    assert site.lease("two") == []
    site.wait(LEASE_US / 1_000_000 - 2)
    assert site.lease("two") == []
    site.wait(4)
    assert [effect.tries for effect in site.lease("two")] == [2]


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("holder", ["two", "one"], ids=["another process", "the same process after a clock's jump"])
def test_who_lost_its_lease_stops_acting(site: Site, watched: Watched, act: str, holder: str) -> None:
    taken: list[effects.Effect] = []

    def takes_over() -> None:
        site.clock.go(LEASE_US / 1_000_000 + 1)
        taken.extend(site.lease(holder))

    watched.before[act] = takes_over
    (mine,) = site.lease("one")
    site.starter(watched).carry_out(mine)
    assert watched.acts == list(ACTS[: ACTS.index(act) + 1])
    assert site.install().powered_on_at == 0
    site.starter().carry_out(taken[0])
    assert site.install().powered_on_at > 0
    assert site.kinds().count("powered_on") == 1


def test_a_slow_start_keeps_its_lease(site: Site, watched: Watched) -> None:
    for act in ACTS:
        watched.before[act] = lambda: site.clock.go(LEASE_US / 1_000_000 - 10)
    assert site.power(watched) == 1
    assert site.kinds()[-1] == "powered_on"


@pytest.mark.parametrize("state", [State.GRANTED, State.INSTALLING, State.FIRST_BOOT, State.WAITING, State.INSPECTING])
def test_an_effect_that_is_late_does_nothing_once_the_machine_went_on(
    site: Site, watched: Watched, state: State
) -> None:
    (late,) = site.lease()
    site.starter().carry_out(late)
    robot = Robot(site)
    robot.asks_to_boot()
    for step in ON_THE_WAY[3 : ON_THE_WAY.index(state) + 1]:
        robot.go_on_to(step)
    assert site.state() is state
    with site.nothing_moves():
        site.starter(watched).carry_out(late)
    assert watched.acts == []


def test_one_bmc_bears_one_effect_at_a_time(site: Site, watched: Watched) -> None:
    assert len(site.lease()) == 1
    site.cancel()
    site.clock.go(1)
    site.arm()
    site.tick()
    assert site.lease() == []
