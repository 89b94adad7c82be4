"""Sizes: a module above 400 lines or a function above 60 needs a reason here. The aims, 200 and 30, are only told
(`pytest tests/rules -rP` shows them)."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.rules.tree import ROOT, python_files

MODULE, FUNCTION = 400, 60
AIM_MODULE, AIM_FUNCTION = 200, 30
# Path, or path and function, with the reason. What is here and small enough is a failure too.
EXCEPTIONS: dict[str, str] = {}


def test_what_is_too_long_has_its_reason() -> None:
    too_long = {name: lines for name, lines, limit in _sizes(MODULE, FUNCTION) if lines > limit}
    assert too_long.keys() == EXCEPTIONS.keys(), too_long


def test_what_is_longer_than_the_aim_is_told() -> None:
    for name, lines, limit in _sizes(AIM_MODULE, AIM_FUNCTION):
        if lines > limit:
            print(f"{lines:5} {name}")


def _sizes(module: int, function: int) -> Iterator[tuple[str, int, int]]:
    for path in python_files():
        text = (ROOT / path).read_text()
        yield str(path), text.count("\n"), module
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.end_lineno:
                yield f"{path}:{node.name}", node.end_lineno - node.lineno + 1, function
