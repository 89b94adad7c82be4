"""What the import rules of pyproject.toml cannot say: the RAM OS and the wire have the standard library alone."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from tests.rules.tree import ROOT, python_files

ALLOWED = {"src/rackwright_agent": {"rackwright_agent", "rackwright_wire"}, "src/rackwright_wire": {"rackwright_wire"}}


@pytest.mark.parametrize("package", ALLOWED)
def test_only_the_standard_library_is_imported(package: str) -> None:
    wrong = [
        f"{path}: {name}"
        for path in python_files()
        if path.is_relative_to(package)
        for name in _imported(path)
        if name not in sys.stdlib_module_names and name not in ALLOWED[package]
    ]
    assert wrong == []


def _imported(path: Path) -> set[str]:
    """The first part of every module that a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add((node.module or "").partition(".")[0])
    return found
