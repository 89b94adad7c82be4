"""Hundreds of simulated machines against the real server, with everything that can go wrong: every invariant holds."""

from __future__ import annotations

import pytest

from fleet.main import play
from fleet.report import ending
from fleet.run import Plan, Verdict
from tests.postgresql import Postgresql, running_postgresql

SECONDS = 200.0


def judged(plan: Plan) -> Verdict:
    verdict = play(plan)
    said = ending(verdict)
    print(said)
    if verdict.violations:
        pytest.fail(said, pytrace=False)
    return verdict


def test_without_faults_a_small_fleet_is_installed_whole() -> None:
    verdict = judged(Plan(machines=12, seed=1, faults="none", seconds=60))
    assert verdict.states() == {"done": 12}


@pytest.mark.fleet
def test_three_hundred_machines_with_faults_and_kills_on_sqlite() -> None:
    verdict = judged(Plan(machines=300, seed=7, faults="default", seconds=SECONDS))
    assert verdict.truth.kills.total() >= 5
    assert verdict.states()["done"] > 100


@pytest.mark.fleet
def test_three_hundred_machines_on_postgresql_with_two_processes_each_and_a_database_restart() -> None:
    with running_postgresql() as server:
        server.create("fleet")
        verdict = judged(_on(server))
    assert verdict.truth.kills["database"] == 1
    assert verdict.states()["done"] > 100


def _on(server: Postgresql) -> Plan:
    return Plan(
        machines=300, seed=8, faults="default", seconds=SECONDS, database=server.url("fleet"), processes=2,
        restart_database=server.restart,
    )  # fmt: skip
