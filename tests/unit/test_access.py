"""Access: one table from act to least role."""

from __future__ import annotations

import pytest

from rackwright.decide.access import LEAST, LOOKS, Act, Role, allowed

VIEWS = {Act.SEE_MACHINES, Act.SEE_INSTALLS, Act.SEE_LOG, Act.SEE_IMAGES, Act.SEE_STATUS, Act.PLAN_INSTALLS}
OPERATES = {
    Act.SEE_AUDIT, Act.IMPORT_MACHINES, Act.SET_MACHINES, Act.PROTECT_MACHINES, Act.ARM_INSTALLS, Act.RETRY_INSTALLS,
    Act.CANCEL_INSTALLS, Act.APPROVE_HOLDS,
}  # fmt: skip


def test_every_act_has_its_least_role() -> None:
    assert set(LEAST) == set(Act)


def test_a_viewer_may_only_look() -> None:
    assert LOOKS >= VIEWS
    assert {act for act in Act if allowed(Role.VIEWER, act)} <= LOOKS


@pytest.mark.parametrize("act", list(Act))
def test_what_each_role_may(act: Act) -> None:
    assert allowed(Role.VIEWER, act) == (act in VIEWS)
    assert allowed(Role.OPERATOR, act) == (act in VIEWS | OPERATES)
    assert allowed(Role.ADMIN, act)
