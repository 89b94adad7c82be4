"""When an agent counts as lost, and what then becomes of its install. Nothing was claimed yet: only its turn is at stake."""

from __future__ import annotations

from rackwright.values.install import State

TIMES = 20  # as long again and again as a slot is given back after
LEAST_S = 30 * 60


def silent_before(now: int, watching_since: int, lost_contact_s: int) -> int:
    """Whoever was heard last before this is silent. 0 while the server has not been watching for so long itself."""
    before = now - lost_contact_s * 1_000_000
    return before if before >= watching_since else 0


def patience_s(state: State, lost_contact_s: int) -> int:
    """For how long an agent may be silent in a state: with a slot it keeps others waiting, without one only itself."""
    return lost_contact_s if state is State.GRANTED else max(TIMES * lost_contact_s, LEAST_S)
