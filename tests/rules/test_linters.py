"""The linters, run as tests: what they say is the failure."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rules.tree import ROOT, tracked

BIN = Path(sys.executable).parent
SHELL = re.compile(r"#!\s*(/usr)?/bin/(env )?(ba|da)?sh\b")


@pytest.mark.parametrize(
    "command",
    [
        ("ruff", "check", "--quiet", "."),
        ("ruff", "format", "--check", "--quiet", "."),
        ("pyright", "--warnings"),
        ("lint-imports", "--no-cache"),
    ],
    ids=["ruff", "format", "types", "floors"],
)
def test_the_whole_tree_passes(command: tuple[str, ...]) -> None:
    _passes([str(BIN / command[0]), *command[1:]])


def test_every_shell_script_passes_shellcheck() -> None:
    scripts = [str(path) for path in tracked() if path.suffix == ".sh" or _is_shell(ROOT / path)]
    assert scripts
    _passes(["shellcheck", "--external-sources", *scripts])


def _is_shell(path: Path) -> bool:
    with path.open("rb") as file:
        return SHELL.match(file.readline(80).decode("utf-8", "replace")) is not None


def _passes(command: list[str]) -> None:
    done = subprocess.run(
        command, cwd=ROOT, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600
    )
    if done.returncode != 0:
        pytest.fail(f"{' '.join(command[:3])}:\n{done.stdout}", pytrace=False)
