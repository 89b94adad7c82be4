"""Deliberate breakages of the gate: each of them must be found by the histories, or the histories prove nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from rackwright.app import answer_boot, claim, join, protect, verdict
from rackwright.decide.admit import Held
from rackwright.decide.protecting import Protects
from rackwright.store import installs, machines
from rackwright.work import admission, in_hand
from tests.gate.histories import Histories

HISTORIES = 3_000  # far more than any of them takes
Patch = pytest.MonkeyPatch


def the_start_effect_never_looks_again(patch: Patch) -> None:
    """It powers on although its install was cancelled, or its machine protected, since it was wanted."""

    def blind(hand: in_hand.InHand, tx: Any, _begun: Any = None) -> Any:
        effect = hand.effect
        return machines.get(tx, effect.site, effect.machine), installs.get(tx, effect.site, effect.install)

    patch.setattr(in_hand.InHand, "_still_ours", blind)
    patch.setattr(in_hand.InHand, "wanted", blind)


def admission_counts_nobody(patch: Patch) -> None:
    patch.setattr(admission.lines, "held", lambda _tx, _site: Held())


def protection_is_forgotten_once_armed(patch: Patch) -> None:
    """It neither ends what is under way nor is it looked at again."""
    patch.setattr(protect, "may_protect", lambda _machine, _install: Protects(None))
    for module in (answer_boot, claim, join, in_hand):
        patch.setattr(module, "may_go_on", lambda _machine, _install: None)


def what_a_disk_holds_is_not_looked_at(patch: Patch) -> None:
    patch.setattr(verdict, "unexpected", lambda _machine, _disk, _ours: None)


BREAKAGES: list[Callable[[Patch], None]] = [
    the_start_effect_never_looks_again, admission_counts_nobody, protection_is_forgotten_once_armed,
    what_a_disk_holds_is_not_looked_at,
]  # fmt: skip


@pytest.mark.parametrize("breakage", BREAKAGES, ids=lambda breakage: breakage.__name__)
def test_a_broken_gate_is_found(breakage: Callable[[Patch], None], monkeypatch: Patch) -> None:
    breakage(monkeypatch)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(
            Histories,
            settings=settings(
                max_examples=HISTORIES, stateful_step_count=40, deadline=None, derandomize=True,
                suppress_health_check=list(HealthCheck), report_multiple_bugs=False, phases=[Phase.generate],
            ),
        )  # fmt: skip
