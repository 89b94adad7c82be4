"""Writes docs/lifecycle.md from the one table in code: `.venv/bin/python -m setup.lifecycle_doc`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from rackwright.decide.lifecycle import EDGES, STAGES, TRIGGERS, Holds, Trigger, Unexpected, netboot
from rackwright.values.boot import Boots
from rackwright.values.ids import Id
from rackwright.values.install import Install, State

PAGE = Path(__file__).parents[1] / "docs" / "lifecycle.md"
HEAD = """# The life of an install

This page is made from the table in `src/rackwright/decide/lifecycle.py` (`python -m setup.lifecycle_doc`); a test
compares the two. Nothing else in the program names a next state. A machine has at most one live install.
"""
_HOLDS = {Holds.NOTHING: "", Holds.PERMIT: "start permit", Holds.SLOT: "write slot"}
_BOOTS = {Boots.DISK: "its disk", Boots.RAM_OS: "RAM OS"}


def page() -> str:
    parts = (HEAD, *_states(), *_diagram(), *_edges(), *_defaults())
    return "\n".join(parts) + "\n"


def _states() -> Iterator[str]:
    yield "## States\n"
    yield "| state | limit | holds | a netboot gets | who moves it on |"
    yield "| --- | --- | --- | --- | --- |"
    for state, stage in STAGES.items():
        limit = f"{stage.limit_s // 60} min" if stage.limit_s else ""
        yield f"| `{state.value}` | {limit} | {_HOLDS[stage.holds]} | {_netboots(state)} | {stage.mover.value} |"
    yield ""


def _netboots(state: State) -> str:
    """What `netboot` answers; where it depends on what went before, each case."""
    made = Install(
        id=Id(""), site="", machine=Id(""), state=state, attempt=1, version=1, live=STAGES[state].live, since=1,
        deadline=0, armed_at=1, armed_by="", reason="", os="", image="", profile="", powered_on_at=1,
    )  # fmt: skip
    told = _BOOTS[netboot(made)]
    untouched = _BOOTS[netboot(replace(made, powered_on_at=0))]
    claimed = _BOOTS[netboot(replace(made, claimed=True))]
    told += f"; {untouched} before its power was touched" if untouched != told else ""
    return told + (f"; {claimed} after the claim" if claimed != _BOOTS[netboot(made)] else "")


def _diagram() -> Iterator[str]:
    yield "## Diagram\n"
    yield "```mermaid"
    yield "stateDiagram-v2"
    yield "    [*] --> queued: armed"
    moves = sorted((s.value, to.value, t.value) for (s, t), to in EDGES.items())
    for (before, after), same in groupby(moves, key=lambda move: move[:2]):
        yield f"    {before} --> {after}: {', '.join(move[2] for move in same)}"
    yield "```\n"


def _edges() -> Iterator[str]:
    yield "## What moves it\n"
    yield "| trigger | means | from | to |"
    yield "| --- | --- | --- | --- |"
    for trigger in Trigger:
        for to in sorted({to for (_, t), to in EDGES.items() if t is trigger}):
            before = ", ".join(f"`{s.value}`" for (s, t), there in EDGES.items() if t is trigger and there is to)
            yield f"| `{trigger.value}` | {TRIGGERS[trigger]} | {before} | `{to.value}` |"
    yield ""


def _defaults() -> Iterator[str]:
    yield "## Whatever else comes\n"
    for number, default in enumerate(Unexpected, 1):
        yield f"{number}. {default.value}"


if __name__ == "__main__":
    PAGE.write_text(page())
