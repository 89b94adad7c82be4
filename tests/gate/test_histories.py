"""No made-up history writes a machine by mistake, or loses an install. `make fuzz` looks for longer."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.gate.histories import Histories

STEPS = 40  # of a history; most of them are several messages
PARTS = 4  # so that two processes share them
# `make fuzz` says how many, and lets chance choose them.
BY_CHANCE = int(os.environ.get("RACKWRIGHT_HISTORIES", "0"))
EXAMPLES = BY_CHANCE // PARTS or 500


@pytest.mark.parametrize("part", range(PARTS))
def test_no_history_breaks_the_gate(part: int) -> None:
    these: type[Histories] = type(f"Histories{part}", (Histories,), {})
    run_state_machine_as_test(
        these if BY_CHANCE else seed(part)(these),
        settings=settings(
            max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, database=None,
            suppress_health_check=list(HealthCheck), print_blob=True,
        ),
    )  # fmt: skip
