"""Every key that code makes for an install has its sentence, in both languages."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import rackwright
from rackwright import words
from rackwright.app.report import KINDS
from rackwright.decide import overdue
from rackwright.decide.lifecycle import EDGES
from rackwright.values.install import State

SOURCE = Path(rackwright.__file__).parent
FOLDERS = ("decide", "app", "work")
TREES = {path: ast.parse(path.read_text()) for folder in FOLDERS for path in sorted((SOURCE / folder).glob("*.py"))}
LITERAL = re.compile(r"[a-z][a-z_]*[a-z]")  # not the beginning of an f-string


def calls(name: str, position: int) -> set[str]:
    """The literal texts given at a position to every call of a function by this name."""
    found: set[str] = set()
    for tree in TREES.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and called(node) == name and len(node.args) > position:
                found |= literals(node.args[position])
    return found


def called(node: ast.Call) -> str:
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def literals(node: ast.expr) -> set[str]:
    return {
        part.value
        for part in ast.walk(node)
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and LITERAL.fullmatch(part.value)
    }


def values_of_key() -> set[str]:
    """What stands beside "key" in the dictionaries of causes."""
    found: set[str] = set()
    for tree in TREES.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Dict):
                for name, value in zip(node.keys, node.values, strict=True):
                    if isinstance(name, ast.Constant) and name.value == "key":
                        found |= literals(value)
    return found


def overdue_causes() -> set[str]:
    tree = TREES[Path(overdue.__file__)]
    return {key for key in literals_in(tree) if f"cause_{key}" in words.texts("en")} | {"overdue"}


def literals_in(tree: ast.AST) -> set[str]:
    return {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}


# What forbids to arm a machine, and stops an install that was armed before.
MEANWHILE = {key for key in calls("WillNot", 0) if key.endswith("_meanwhile")}
CAUSES = values_of_key() | MEANWHILE | calls("Differs", 0) | overdue_causes() | {
    "cancelled", "cancelled_written", "cancelled_unproven",
}  # fmt: skip
EVENTS = (
    {f"install_{trigger.value}" for _, trigger in EDGES}
    | {f"agent_{kind}" for kind in KINDS}
    | calls("append", 4)
    | calls("append_once", 4)
    | calls("_finish", 1)
)
KEYS = {
    "cause": {f"cause_{key}" for key in CAUSES},
    "event": {f"event_{key}" for key in EVENTS},
    "state": {f"state_{state.value}" for state in State},
    "install": {f"install_{state.value}{end}" for state in State for end in ("", "_cause")} | {"install_powered_on"},
    "order": calls("Says", 1) | {"order_held", "order_held_written", "order_failed", "order_cancelled"},
    "refused": calls("WillNot", 0) - MEANWHILE | {"refused_held", "refused_live"},
    "claim": calls("_denied", 4) | {"claim_stale_session", "claim_not_granted", "claim_wrong_scope"},
    "next": {"next_held", "next_failed"},
}


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize("family", KEYS)
def test_every_key_has_its_sentence(family: str, language: str) -> None:
    assert sorted(KEYS[family] - set(words.texts(language))) == []


@pytest.mark.parametrize(
    ("family", "least"), [("cause", 25), ("event", 25), ("order", 10), ("refused", 10), ("claim", 5)]
)
def test_the_keys_are_really_found(family: str, least: int) -> None:
    assert len(KEYS[family]) >= least


@pytest.mark.parametrize("family", ["cause", "order", "refused", "claim"])
def test_no_sentence_waits_for_a_key_that_nothing_makes(family: str) -> None:
    said = {key for key in words.sources()["texts_machine"][0] if key.startswith(f"{family}_")}
    assert sorted(said - KEYS[family]) == []
