"""What each row of a spreadsheet does to the register. Pure: rows and register in, edits with verdicts out.

A row's machine is found by its hostname. When the register does not have that hostname, a row with the external id
of a machine that no other row names renames that machine; a row without a hostname is found by external id, then by
serial. Anything else is a new machine. A new name for a known serial is therefore an error, never a silent rename.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rackwright.decide.register_edit import Edit, Register, edit, judged, read_cell
from rackwright.decide.register_fields import BY_NAME, Field, blank, column
from rackwright.values.machine import Machine
from rackwright.values.problem import Problem
from rackwright.values.sheet import Sheet, SheetRow

_NAMING: Final = ("hostname", "external_id", "serial")


@dataclass(frozen=True, slots=True)
class _Read:
    """A row's cells as values; a blank cell has none."""

    line: int
    values: dict[Field, object]
    problems: tuple[Problem, ...]

    def text(self, name: str) -> str:
        value = self.values.get(BY_NAME[name])
        return value if isinstance(value, str) else ""


def judge(sheet: Sheet, register: Register) -> tuple[Edit, ...]:
    """An edit for every row that says something, in the file's order; or one with what is wrong with the headers."""
    sheet = _without_title(sheet)
    columns = _columns(sheet.headers)
    wrong = tuple(found for found in columns if isinstance(found, Problem)) or _unnamed(columns)
    if wrong:
        return (Edit(sheet.line, None, blank(register.site), problems=wrong),)
    fields = [found for found in columns if not isinstance(found, Problem)]
    rows = [_read(row, fields, register.site) for row in sheet.rows if any(cell.strip() for cell in row.cells)]
    machines = _machines(rows, register.machines)
    edits = [_edit(register, row, before) for row, before in zip(rows, machines, strict=True)]
    return judged(edits, register)


def _without_title(sheet: Sheet) -> Sheet:
    """A first row of one cell, above a row that names machines, is the table's title."""
    if sum(1 for header in sheet.headers if header.strip()) != 1 or not sheet.rows:
        return sheet
    head = sheet.rows[0]
    named = {field.name for cell in head.cells if cell.strip() and (field := column(cell))}
    only = next(header for header in sheet.headers if header.strip())
    if column(only) or not named.intersection(_NAMING):
        return sheet
    return Sheet(tuple(cell.strip() for cell in head.cells), sheet.rows[1:], head.line)


def _columns(headers: Sequence[str]) -> list[Field | Problem | None]:
    """A header's field; None where it is blank; a problem where it is unknown or says the same as another."""
    found: list[Field | Problem | None] = []
    seen: dict[str, str] = {}
    for header in headers:
        field = column(header) if header.strip() else None
        if header.strip() and field is None:
            found.append(Problem("register_unknown_column", {"column": header[:100]}))
        elif field and field.name in seen:
            same = {"column": header[:100], "other": seen[field.name][:100], "field": field.name}
            found.append(Problem("register_column_twice", {**same}))
        else:
            found.append(field)
        if field:
            seen.setdefault(field.name, header)
    return found


def _unnamed(columns: Sequence[Field | Problem | None]) -> tuple[Problem, ...]:
    names = {found.name for found in columns if isinstance(found, Field)}
    return () if names.intersection(_NAMING) else (Problem("register_no_hostname_column"),)


def _read(row: SheetRow, fields: Sequence[Field | None], site: str) -> _Read:
    values: dict[Field, object] = {}
    problems = [_placed(problem, fields) for problem in row.problems]
    for position, cell in enumerate(row.cells):
        if not cell.strip():
            continue
        field = fields[position] if position < len(fields) else None
        if field is None:
            problems.append(Problem("register_cell_without_header", {"column": _letter(position + 1)}))
            continue
        value = read_cell(site, field, cell)
        if isinstance(value, Problem):
            problems.append(value)
        else:
            values[field] = value
    return _Read(row.line, values, tuple(problems))


def _placed(problem: Problem, fields: Sequence[Field | None]) -> Problem:
    """A cell's problem by its field and by the letter that a spreadsheet program shows above it."""
    number = problem.values.get("column")
    if not isinstance(number, int):
        return problem
    field = fields[number - 1] if number <= len(fields) else None
    name = field.name if field else "-"
    return Problem(problem.key, {**problem.values, "column": _letter(number), "field": name})


def _letter(number: int) -> str:
    """1 is A, 27 is AA."""
    text = ""
    while number:
        number, digit = divmod(number - 1, 26)
        text = chr(ord("A") + digit) + text
    return text


def _machines(rows: Sequence[_Read], machines: Sequence[Machine]) -> list[Machine | None]:
    """The machine that each row is about, None for a new one."""
    by_hostname = {machine.hostname: machine for machine in machines}
    by_external = {machine.external_id: machine for machine in machines if machine.external_id}
    by_serial = {machine.serial.casefold(): machine for machine in machines if machine.serial}
    found = [by_hostname.get(row.text("hostname")) for row in rows]
    named = {machine.id for machine in found if machine}
    for position, row in enumerate(rows):
        if found[position] is not None:
            continue
        other = by_external.get(row.text("external_id"))
        if other is None and not row.text("hostname"):
            other = by_serial.get(row.text("serial").casefold())
        if other and other.id not in named:
            found[position] = other
            named.add(other.id)
    return found


def _edit(register: Register, row: _Read, before: Machine | None) -> Edit:
    problems = list(row.problems)
    unread = any(problem.values.get("field") == "hostname" for problem in problems)
    if before is None and not row.text("hostname") and not unread:
        problems.append(Problem("register_no_hostname"))
    return edit(register, row.line, before, blank(register.site), row.values, problems)
