"""A system that may be running is asked to shut down before it is cut off; nothing else waits for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from rackwright.oob.fake import Behaviour
from rackwright.store import machines
from rackwright.store.store import Store
from rackwright.values.errors import MachineFailed
from rackwright.values.install import State
from rackwright.values.machine import Protection, Runs, Service
from rackwright.work.power import Patience
from tests.robot import Robot
from tests.story import Site, machine_with
from tests.work.test_power import Watched


@dataclass
class Wait:
    """A clock that moves only while somebody waits; each pause may do something."""

    now_s: float = 0.0
    pauses: list[float] = field(default_factory=list[float])
    during: Callable[[int], None] = lambda _: None

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now_s += seconds
        self.during(len(self.pauses))

    def patience(self) -> Patience:
        return Patience(settles_s=0, clock=lambda: self.now_s, pause=self.pause)


@pytest.fixture
def site(sqlite_store: Store, tmp_path: Path) -> Site:
    """web01 is on and in service, and is to be reinstalled."""
    made = Site(sqlite_store, tmp_path, soft_off_s=20)
    made.register(service=Service.IN_SERVICE)
    made.arm(reinstall=True, reason="new kernel")
    made.bmc().on = True
    return made


@pytest.fixture
def wait(site: Site) -> Wait:
    made = Wait()
    site.patience = made.patience()
    return made


def started(site: Site) -> Watched:
    watched = Watched(site)
    site.tick()
    site.power(watched)
    return watched


def how(site: Site) -> list[object]:
    return [line.values["how"] for line in site.log() if line.kind == "powered_off"]


def test_a_running_system_goes_off_by_itself(site: Site, wait: Wait) -> None:
    assert started(site).acts == ["netboot_once", "power_on"]
    assert how(site) == ["soft"]
    assert site.kinds()[-2:] == ["powered_off", "powered_on"]
    assert "soft" in next(line.text for line in site.log() if line.kind == "powered_off")


def test_it_is_waited_for_in_small_steps(site: Site, wait: Wait) -> None:
    site.bmc().obedient = False

    def shuts_down(pauses: int) -> None:
        site.bmc().on = pauses < 7

    wait.during = shuts_down
    assert started(site).acts == ["netboot_once", "power_on"]
    assert wait.pauses == [1.0] * 7


def test_one_that_does_not_is_cut_off_when_its_time_is_over(site: Site, wait: Wait) -> None:
    site.bmc().obedient = False
    assert started(site).acts == ["power_off", "netboot_once", "power_on"]
    assert how(site) == ["hard"]
    assert wait.pauses == [1.0] * 20


def test_a_bmc_that_cannot_ask_cuts_it_off(site: Site, wait: Wait) -> None:
    watched = Watched(site)

    def cannot() -> None:
        raise MachineFailed("bmc_unsupported", machine="web01", address="10.77.1.1", step="", said="")

    watched.before["power_soft"] = cannot
    site.tick()
    site.power(watched)
    assert how(site) == ["hard"]
    assert wait.pauses == []


def test_what_is_off_is_not_asked(site: Site, wait: Wait) -> None:
    site.bmc().on = False
    assert started(site).acts == ["power_off", "netboot_once", "power_on"]
    assert wait.pauses == []


def test_a_cancel_meanwhile_leaves_it_on(site: Site, wait: Wait) -> None:
    site.bmc().obedient = False
    wait.during = lambda pauses: site.cancel() and None if pauses == 3 else None
    assert started(site).acts == []
    assert site.state() is State.CANCELLED
    assert site.bmc().on
    assert len(wait.pauses) == 3


@pytest.mark.parametrize(
    ("act", "then", "acts"),
    [("power", True, []), ("power_soft", True, []), ("power_soft", False, ["power_off"])],
    ids=["before it was asked", "while it was asked", "nothing"],
)
def test_a_protection_while_a_slow_bmc_answers_leaves_it_on(
    site: Site, wait: Wait, act: str, then: bool, acts: list[str]
) -> None:
    """Every act is checked for after the last look at the BMC, which may have taken long."""
    watched = Watched(site)

    def meanwhile() -> None:
        if then:
            protection = Protection("ann", "payroll", 1)
            site.store.write(lambda tx: machines.put(tx, machine_with(site.machine(), protection=protection)))
        if act == "power_soft":
            raise MachineFailed("bmc_unsupported", machine="web01", address="10.77.1.1", step="", said="")

    watched.before[act] = meanwhile
    site.tick()
    site.power(watched)
    assert watched.acts[:1] == acts
    assert site.state() is (State.FAILED if then else State.STARTING)
    if then:
        assert site.bmc().on


def test_a_cancel_meanwhile_does_not_hide_that_it_was_asked_to_shut_down(site: Site, wait: Wait) -> None:
    """It goes off all the same: who finds it dark reads why."""
    site.bmc().obedient = False
    wait.during = lambda pauses: site.cancel() and None if pauses == 1 else None
    started(site)
    assert site.kinds()[-2:] == ["soft_off_asked", "install_cancelled"]
    asked = next(line for line in site.log() if line.kind == "soft_off_asked")
    assert "within 20 s" in asked.text


def test_who_lost_its_lease_meanwhile_stops(site: Site, wait: Wait) -> None:
    site.bmc().obedient = False

    def taken_over(pauses: int) -> None:
        if pauses == 3:
            site.clock.go(181)
            assert len(site.lease("another")) == 1

    wait.during = taken_over
    assert started(site).acts == []
    assert site.bmc().on


def test_a_wait_that_is_long_keeps_its_lease(site: Site, wait: Wait) -> None:
    site.bmc().obedient = False
    wait.during = lambda _: site.clock.go(100)
    assert started(site).acts == ["power_off", "netboot_once", "power_on"]


def test_a_bmc_that_falls_silent_meanwhile_is_tried_again(site: Site, wait: Wait) -> None:
    site.bmc().obedient = False

    def dies(pauses: int) -> None:
        site.bmc().behaviour = Behaviour.DEAD

    wait.during = dies
    assert started(site).acts == []
    assert site.kinds()[-1] == "bmc_retry"


def test_with_no_time_given_it_is_cut_off_at_once(sqlite_store: Store, tmp_path: Path) -> None:
    site = Site(sqlite_store, tmp_path, soft_off_s=0)
    site.register(service=Service.IN_SERVICE)
    site.arm(reinstall=True, reason="x")
    site.bmc().on = True
    started(site)
    assert how(site) == ["hard"]


def test_a_machine_that_runs_nothing_of_ours_is_cut_off_at_once(site: Site, wait: Wait) -> None:
    site.store.write(lambda tx: machines.put(tx, machine_with(site.machine(), service=Service.NEW, runs=Runs())))
    started(site)
    assert how(site) == ["hard"]


def test_what_was_started_by_us_before_is_cut_off_at_once(site: Site, wait: Wait) -> None:
    started(site)
    site.wait(1801)
    site.bmc().obedient = False
    started(site)
    assert how(site) == ["soft", "hard"]
    assert wait.pauses == []


def test_after_a_claim_it_is_cut_off_at_once(site: Site, wait: Wait) -> None:
    Robot(site).reach(State.FAILED)
    site.arm(retry=True, reinstall=True, reason="x")
    started(site)
    assert how(site) == ["soft", "hard"]


def test_a_person_who_says_that_it_may_be_alive_gets_it_shut_down_softly(site: Site, wait: Wait) -> None:
    site.store.write(lambda tx: machines.put(tx, machine_with(site.machine(), service=Service.NEW)))
    site.cancel()
    site.clock.go(1)
    site.arm(live_ok=("web01",))
    started(site)
    assert how(site) == ["soft"]
