"""The register changes while a machine is being started: nothing is switched that it no longer means."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rackwright.oob.fake import Behaviour, FakeMachine
from rackwright.store import machines
from rackwright.values.install import State
from rackwright.values.machine import Service
from tests.story import LEASE_US, Site, machine_with
from tests.work.test_power import ACTS, Watched

OTHER = "10.77.1.77"


@pytest.mark.parametrize("act", ["probe_cipher", "power_off", "netboot_once"])
def test_after_the_bmc_changed_in_the_register_the_old_one_is_left_alone(site: Site, act: str) -> None:
    site.tick()
    watched = Watched(site)
    site.rack.rack[OTHER] = FakeMachine()

    def corrected() -> None:
        bmc = replace(site.machine().bmc, address=OTHER)
        site.store.write(lambda tx: machines.put(tx, machine_with(site.machine(), bmc=bmc)))

    watched.before[act] = corrected
    site.power(watched)
    done = [*ACTS[: ACTS.index(act) + 1]] if act in ACTS else []
    assert watched.acts == done
    assert site.install().powered_on_at == 0
    site.wait(10)
    site.power(watched)
    assert [one is not None for one in site.rack.rack[OTHER].booted] == [True]
    assert site.kinds()[-1] == "powered_on"


def test_a_machine_put_into_service_after_it_was_armed_is_not_powered(site: Site) -> None:
    site.tick()
    watched = Watched(site)
    site.store.write(lambda tx: machines.put(tx, machine_with(site.machine(), service=Service.IN_SERVICE)))
    site.power(watched)
    assert (watched.acts, site.state()) == ([], State.FAILED)
    assert site.install().cause["key"] == "in_service_meanwhile"


def test_a_start_that_was_put_off_is_not_lost_when_the_clock_is_set_back(site: Site) -> None:
    site.tick()
    site.rack.rack["10.77.1.1"].behaviour = Behaviour.BUSY
    site.power()
    site.rack.rack["10.77.1.1"].behaviour = Behaviour.HONEST
    site.tick(-7200)
    site.wait(10)
    assert site.power() == 1
    assert site.kinds()[-1] == "powered_on"


def test_a_lease_of_a_process_that_died_ends_in_its_time_when_the_clock_is_set_back(site: Site) -> None:
    site.tick()
    assert len(site.lease("one")) == 1
    site.tick(-7200)
    assert site.lease("two") == []
    site.wait(LEASE_US / 1_000_000 + 1)
    assert len(site.lease("two")) == 1
