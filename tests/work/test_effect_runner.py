"""Effects in their pool: leased, carried out, and none lost to a bug or a busy database."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from rackwright.ports import BmcAddress
from rackwright.settings import LimitSettings
from rackwright.store import effects
from rackwright.values.errors import Transient
from rackwright.values.machine import BmcType
from rackwright.work.effects import EffectRunner
from rackwright.work.in_hand import LEASE_US
from tests.story import Site

AT_ONCE = LimitSettings().bmc_actions


class Gate:
    """The site's rack behind a gate: counts who is inside, and crashes on demand."""

    def __init__(self, site: Site) -> None:
        self.site, self.opened, self.crash = site, threading.Event(), False
        self.inside = threading.Semaphore(0)

    def __getattr__(self, name: str) -> Any:
        def call(bmc: BmcAddress, **given: Any) -> Any:
            if name == "probe_cipher":
                self.inside.release()
                self.opened.wait(30)
                if self.crash:
                    raise ZeroDivisionError
            return getattr(self.site.rack, name)(bmc, **given)

        return call

    def wait_for(self, number: int) -> None:
        for _ in range(number):
            assert self.inside.acquire(timeout=30)


@pytest.fixture
def gate(site: Site) -> Gate:
    return Gate(site)


@pytest.fixture
def runner(site: Site, gate: Gate) -> Iterator[EffectRunner]:
    made = EffectRunner(
        site.store, site.context, {BmcType.IPMI: gate}, site.liveness, None, site.clock, "work", site.patience
    )
    yield made
    gate.opened.set()
    made.close()


def test_a_due_effect_is_carried_out_once_however_often_it_is_asked_for(
    site: Site, gate: Gate, runner: EffectRunner
) -> None:
    site.tick()
    runner.run_due()
    runner.run_due()
    gate.wait_for(1)
    gate.opened.set()
    runner.close()
    assert site.kinds().count("powered_on") == 1


def test_no_more_run_at_once_than_the_site_may_whichever_process_asks(
    site: Site, gate: Gate, runner: EffectRunner
) -> None:
    for number in range(2, AT_ONCE + 4):
        site.register(number)
        site.arm(f"web{number:02}")
    site.tick()
    runner.run_due()
    gate.wait_for(AT_ONCE)
    runner.run_due()
    assert site.lease("another") == []
    gate.opened.set()
    runner.close()
    left = site.lease("another")
    assert len(left) == 3
    assert {effect.tries for effect in left} == {1}


def test_a_bug_ends_its_effect_alone_and_it_is_tried_again_later(site: Site, gate: Gate, runner: EffectRunner) -> None:
    gate.crash = True
    gate.opened.set()
    site.tick()
    runner.run_due()
    gate.wait_for(1)
    site.wait(LEASE_US / 1_000_000 + 1)
    gate.crash = False
    runner.run_due()
    gate.wait_for(1)
    runner.close()
    assert site.kinds()[-1] == "powered_on"


def test_a_busy_database_leaves_everything_for_the_next_look(
    site: Site, gate: Gate, runner: EffectRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> list[effects.Effect]:
        raise Transient("database_busy")

    site.tick()
    with monkeypatch.context() as broken:
        broken.setattr(effects, "lease_due", busy)
        for _ in range(AT_ONCE + 1):
            runner.run_due()
    gate.opened.set()
    runner.run_due()
    gate.wait_for(1)
    runner.close()
    assert site.kinds()[-1] == "powered_on"
