"""The command `rackwright-fleet`: one run, its figures, and exit status 0 only if every invariant held."""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from fleet.faults import FAULTS
from fleet.report import ending, figures
from fleet.run import Plan, Run, Verdict
from fleet.view import view


def main() -> None:
    sys.exit(fleet(sys.argv[1:]))


def fleet(arguments: list[str]) -> int:
    given = _parser().parse_args(arguments)
    if given.processes > 1 and not given.database:
        sys.stderr.write("rackwright-fleet: more than one process needs PostgreSQL: give --database postgresql://...\n")
        return 2
    plan = Plan(
        machines=given.machines, seed=given.seed, faults=given.faults, database=given.database,
        processes=given.processes, seconds=given.seconds, kills=given.kills,
        restart_database=_command(given.restart_database),
    )  # fmt: skip
    verdict = play(plan, quiet=given.quiet, keep=given.keep)
    print(json.dumps(figures(verdict), indent=1) if given.json else ending(verdict))
    return 1 if verdict.violations else 0


def play(plan: Plan, *, quiet: bool = True, keep: Path | None = None) -> Verdict:
    """One run in a directory of its own; `keep` gets its logs and its database."""
    import uvloop

    with tempfile.TemporaryDirectory(prefix="rackwright-fleet-") as directory, view(quiet) as look:
        run = Run(plan, Path(directory), look)
        try:
            return uvloop.run(run.run())
        finally:
            if keep:
                run.site.keep(keep)


def _command(text: str) -> Callable[[], None] | None:
    if not text:
        return None
    words = shlex.split(text)
    return lambda: subprocess.run(words, check=True, timeout=120) and None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="rackwright-fleet", description="Simulated machines against the real server. Exit status 0: all held."
    )
    parser.add_argument("--machines", type=int, default=300, help="how many the register has (300)")
    parser.add_argument("--seed", type=int, default=7, help="of the rack and of everybody's luck (7)")
    parser.add_argument("--faults", choices=sorted(FAULTS), default="default", help="how much goes wrong (default)")
    parser.add_argument("--database", default="", metavar="URL", help="an empty PostgreSQL database; else SQLite")
    parser.add_argument("--processes", type=int, default=1, help="doors and work processes, on PostgreSQL (1)")
    parser.add_argument("--seconds", type=float, default=240.0, metavar="LIMIT", help="trouble for half of it (240)")
    parser.add_argument("--kills", type=int, default=None, metavar="N", help="server processes killed (by --faults)")
    parser.add_argument("--restart-database", default="", metavar="COMMAND", help="run once, amid everything")
    parser.add_argument("--keep", type=Path, metavar="DIRECTORY", help="keep logs and database there")
    parser.add_argument("--json", action="store_true", help="figures and violations as JSON")
    parser.add_argument("--quiet", action="store_true", help="no view while it runs")
    return parser
