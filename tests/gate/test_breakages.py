"""Deliberate breakages of the gate: each of them must be found by the histories, or the histories prove nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.gate.histories import Histories

HISTORIES = 2_000  # far more than any of them takes


def the_start_effect_looks_only_once(patch: pytest.MonkeyPatch) -> None:
    """It goes on although its install was cancelled, or its machine protected, since it began."""


BREAKAGES: list[Callable[[pytest.MonkeyPatch], None]] = []


@pytest.mark.parametrize("breakage", BREAKAGES, ids=lambda breakage: breakage.__name__)
def test_a_broken_gate_is_found(
    breakage: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    breakage(monkeypatch)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(
            Histories,
            settings=settings(
                max_examples=HISTORIES, stateful_step_count=40, deadline=None, derandomize=True,
                suppress_health_check=list(HealthCheck), report_multiple_bugs=False, phases=[Phase.generate],
            ),
        )  # fmt: skip
