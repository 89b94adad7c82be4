"""CSV and XLSX files as a Sheet of text, and a Sheet as a file. What the cells mean is not known here.

Raises OperatorMustFix for a file that is none, or too large. Cells keep their text: a number is never rounded, an
identifier never loses its zeros; what a spreadsheet program has already spoilt is a problem of its row.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from rackwright.values.errors import OperatorMustFix
from rackwright.values.problem import Problem
from rackwright.values.sheet import Sheet, SheetRow

MOST_BYTES: Final = 20 * 2**20
MOST_UNPACKED_BYTES: Final = 128 * 2**20
MOST_ROWS: Final = 100_000
MOST_COLUMNS: Final = 200
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV: Final = "text/csv; charset=utf-8"

# A spreadsheet program runs a cell that begins with one of these as a formula; a quote before it prevents that.
_RUNS: Final = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_GUARD: Final = "'"
_EXACT: Final = 10**15  # from here on a spreadsheet program has rounded the number


def read_sheet(content: bytes) -> Sheet:
    """The file's table: XLSX by its first bytes, else CSV."""
    if len(content) > MOST_BYTES:
        raise OperatorMustFix("sheet_too_large", most_mib=MOST_BYTES // 2**20)
    if content.startswith(b"PK\x03\x04"):
        return _sheet(_xlsx_rows(content))
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise OperatorMustFix("sheet_old_excel")
    return _sheet(_csv_rows(_decoded(content)))


def write_csv(rows: Iterable[Sequence[str]]) -> bytes:
    """With a byte order mark, or Excel takes Chinese for something else."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([guarded(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def write_xlsx(rows: Iterable[Sequence[str]]) -> bytes:
    """Every cell is text, so that no program turns a serial into a number or a date."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book: Any = Workbook(write_only=True)
    page: Any = book.create_sheet("machines")
    for row in rows:
        cells: list[Any] = []
        for text in row:
            cell: Any = WriteOnlyCell(page, guarded(text))
            cell.data_type, cell.number_format = "s", "@"
            cells.append(cell)
        page.append(cells)
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def guarded(text: str) -> str:
    """Text that no spreadsheet program runs; `unguarded` gives the same text back."""
    return _GUARD + text if text.startswith((_GUARD, *_RUNS)) else text


def unguarded(text: str) -> str:
    return text[1:] if text.startswith(_GUARD) and text[1:].startswith((_GUARD, *_RUNS)) else text


def _sheet(rows: Iterator[SheetRow]) -> Sheet:
    head = next(rows, None)
    if head is None:
        raise OperatorMustFix("sheet_empty")
    found: list[SheetRow] = []
    for row in rows:
        if len(found) == MOST_ROWS:
            raise OperatorMustFix("sheet_too_many_rows", most=MOST_ROWS)
        found.append(row)
    return Sheet(tuple(cell.strip() for cell in head.cells), tuple(found), head.line)


def _row(line: int, cells: Sequence[str], problems: Sequence[Problem] = ()) -> SheetRow | None:
    """None for a row without anything in it."""
    if not problems and not any(cell.strip() for cell in cells):
        return None
    if len(cells) > MOST_COLUMNS:
        raise OperatorMustFix("sheet_too_many_columns", most=MOST_COLUMNS, line=line)
    return SheetRow(line, tuple(unguarded(cell) for cell in cells), tuple(problems))


def _decoded(content: bytes) -> str:
    """UTF-8, UTF-16 with its mark ("Unicode text"), or what Excel writes in China."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise OperatorMustFix("sheet_not_text")


def _csv_rows(text: str) -> Iterator[SheetRow]:
    first = next((line for line in text.splitlines() if line.strip()), "")
    plain = re.sub(r'"[^"]*"', "", first)
    delimiter = max(",;\t", key=plain.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            row = _row(line, cells)
            if row:
                yield row
            line = reader.line_num + 1  # a quoted cell may hold line breaks
    except csv.Error as error:
        raise OperatorMustFix("sheet_csv_broken", line=line, error=str(error)) from error


def _xlsx_rows(content: bytes) -> Iterator[SheetRow]:
    """The first sheet. Whatever the library raises on a hostile file is the file's fault."""
    from openpyxl import load_workbook

    try:
        _check_unpacked_size(content)
        book: Any = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        page: Any = book.worksheets[0]
        page.reset_dimensions()  # the file's own word for its size may be a lie
        for line, cells in enumerate(page.iter_rows(max_col=MOST_COLUMNS + 1), 1):
            row = _xlsx_row(line, cells)
            if row:
                yield row
    except OperatorMustFix:
        raise
    except Exception as error:
        raise OperatorMustFix("sheet_xlsx_broken", error=f"{type(error).__name__}: {error}"[:200]) from error


def _check_unpacked_size(content: bytes) -> None:
    """A few kilobytes can unpack to gigabytes. The sizes stated hold: the library reads no further."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED_BYTES:
            raise OperatorMustFix("sheet_too_large", most_mib=MOST_UNPACKED_BYTES // 2**20)


def _xlsx_row(line: int, cells: Sequence[Any]) -> SheetRow | None:
    texts: list[str] = []
    problems: list[Problem] = []
    for position, cell in enumerate(cells, 1):
        text = _xlsx_text(cell)
        if isinstance(text, Problem):
            problems.append(Problem(text.key, {**text.values, "column": position}))
            text = ""
        texts.append(text)
    while texts and not texts[-1]:
        texts.pop()
    return _row(line, texts, problems)


def _xlsx_text(cell: Any) -> str | Problem:
    value: object = cell.value
    match value:
        case None:
            return ""
        case _ if cell.data_type in ("f", "e"):
            return Problem("sheet_cell_formula" if cell.data_type == "f" else "sheet_cell_error")
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return _number(value, str(cell.number_format))
        case date() | datetime() | time() | timedelta():
            return Problem("sheet_cell_date")
        case _:
            return str(value)


def _number(value: float, number_format: str) -> str | Problem:
    if value != value or abs(value) >= _EXACT:
        return Problem("sheet_cell_rounded")
    if value != int(value):
        return repr(value)
    # A column formatted as 0000000 shows zeros that the number itself does not have.
    width = len(number_format) if re.fullmatch("0+", number_format) else 0
    return str(int(value)).zfill(width)
