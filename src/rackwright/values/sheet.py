"""A table of text as somebody gave it: a spreadsheet's first sheet, before anyone asks what it means."""

from __future__ import annotations

from dataclasses import dataclass

from rackwright.values.problem import Problem


@dataclass(frozen=True, slots=True)
class SheetRow:
    """`line` is the line in the file, from 1. `problems` are cells that hold no text: formulas, dates."""

    line: int
    cells: tuple[str, ...]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """`headers` stand in line `line`; a row may have fewer cells."""

    headers: tuple[str, ...]
    rows: tuple[SheetRow, ...]
    line: int = 1
