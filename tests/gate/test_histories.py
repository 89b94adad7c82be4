"""No made-up history writes a machine by mistake, or loses an install. `make fuzz` looks for longer."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.gate.histories import Histories

# Set by `make fuzz`; each history has up to this many steps, most of which are several messages.
EXAMPLES = int(os.environ.get("RACKWRIGHT_HISTORIES", "300"))
STEPS = 40


def test_no_history_breaks_the_gate() -> None:
    run_state_machine_as_test(
        Histories,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize="RACKWRIGHT_HISTORIES" not in os.environ,
        ),
    )
