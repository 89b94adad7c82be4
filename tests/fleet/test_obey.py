"""A simulated agent obeys as the real one does: nothing is written without a yes that names the disk."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleet.obey import Do, Memory, obey, plan_to_write
from rackwright_wire.messages import Act, Claimed, DiskName, Order
from tests.fleet.history import DISK, plan

CLAIM = Order(Act.CLAIM, install="i", attempt=1, disk=DiskName(DISK))
EVERY_ORDER = [CLAIM if act is Act.CLAIM else Order(act) for act in Act]


@pytest.mark.parametrize("order", EVERY_ORDER, ids=[order.act.value for order in EVERY_ORDER])
def test_a_boot_that_was_stopped_claims_and_joins_never_again(order: Order) -> None:
    assert obey(Memory(stopped=True), order, writing=False) not in (Do.CLAIM, Do.JOIN)


def test_inspect_joins_again_but_not_while_it_writes() -> None:
    assert obey(Memory(), Order(Act.INSPECT), writing=False) is Do.JOIN
    assert obey(Memory(), Order(Act.INSPECT), writing=True) is Do.GO_ON


def test_a_claim_is_asked_for_once_a_boot() -> None:
    assert obey(Memory(), CLAIM, writing=False) is Do.CLAIM
    assert obey(Memory().after_claim("i/1"), CLAIM, writing=False) is Do.GO_ON
    assert obey(Memory().after_claim("i/1"), replace(CLAIM, attempt=2), writing=False) is Do.CLAIM


def test_nothing_is_claimed_without_a_disk_or_an_install_or_while_it_writes() -> None:
    assert obey(Memory(), replace(CLAIM, disk=None), writing=False) is Do.GO_ON
    assert obey(Memory(), replace(CLAIM, install=""), writing=False) is Do.GO_ON
    assert obey(Memory(), CLAIM, writing=True) is Do.GO_ON


def test_only_a_yes_with_a_plan_for_the_very_disk_lets_it_write() -> None:
    asked = DiskName(DISK)
    assert plan_to_write(asked, Claimed(granted=True, plan=plan())) == plan()
    assert plan_to_write(asked, Claimed(granted=False, plan=plan())) is None
    assert plan_to_write(asked, Claimed(granted=True)) is None
    assert plan_to_write(DiskName("another"), Claimed(granted=True, plan=plan())) is None
