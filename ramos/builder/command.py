"""Runs the host's programs for the build, and turns a failure into words."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from ramos.builder.problem import BuildProblem

Argument = str | Path


def run(*argv: Argument, cwd: Path | None = None) -> str:
    """Standard output of the program; BuildProblem with its last words if it fails."""
    try:
        done = subprocess.run([str(word) for word in argv], cwd=cwd, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise BuildProblem(f"{argv[0]} is not installed: run `make setup` first") from error
    if done.returncode != 0:
        raise BuildProblem(f"{argv[0]} failed ({done.returncode}):\n{_last_lines(done.stderr)}")
    return done.stdout


def _last_lines(text: str, count: int = 15) -> str:
    lines: Sequence[str] = text.strip().splitlines()
    return "\n".join(lines[-count:])
