"""CSV and XLSX in every dress that operators' files wear, and what is written reads back the same."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell

from rackwright.app.spreadsheets import (
    MOST_BYTES,
    guarded,
    read_sheet,
    unguarded,
    write_csv,
    write_xlsx,
)
from rackwright.values.errors import OperatorMustFix
from rackwright.values.sheet import Sheet, SheetRow
from rackwright.words.texts_register import EN

TABLE = [["hostname", "机房"], ["web01", "上海"], ["web02", 'a "b", c;\nd']]


def texts(sheet: Sheet) -> list[list[str]]:
    return [list(sheet.headers), *(list(row.cells) for row in sheet.rows)]


def xlsx(*rows: list[Any], number_format: str = "") -> bytes:
    book: Any = Workbook()
    for row in rows:
        book.active.append(row)
    if number_format:
        book.active["B2"].number_format = number_format
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def refused(content: bytes) -> str:
    with pytest.raises(OperatorMustFix) as caught:
        read_sheet(content)
    assert EN[caught.value.key].format_map(caught.value.values)
    return caught.value.key


@pytest.mark.parametrize(
    "content",
    [
        "hostname,机房\nweb01,上海\n".encode(),
        "\ufeffhostname,机房\r\nweb01,上海\r\n".encode(),
        "hostname;机房\nweb01;上海".encode(),
        "hostname\t机房\nweb01\t上海\n".encode(),
        "hostname\t机房\nweb01\t上海\n".encode("utf-16"),
        "hostname,机房\nweb01,上海\n".encode("gb18030"),
        "\n , \nhostname,机房\nweb01,上海\n,\n".encode(),
        '"hostname",机房\n"web01","上海"\n'.encode(),
        xlsx(["hostname", "机房"], ["web01", "上海"]),
        xlsx([], ["hostname", "机房"], [], ["web01", "上海", None, ""]),
    ],
)
def test_the_same_table_in_many_dresses(content: bytes) -> None:
    assert texts(read_sheet(content)) == [["hostname", "机房"], ["web01", "上海"]]


def test_lines_are_those_of_the_file() -> None:
    sheet = read_sheet(b'\nhostname,owner\nweb01,"two\nlines"\n\nweb02,x\n')
    assert (sheet.line, [row.line for row in sheet.rows]) == (2, [3, 6])
    sheet = read_sheet(xlsx([], ["hostname"], ["web01"], [], ["web02"]))
    assert (sheet.line, [row.line for row in sheet.rows]) == (2, [3, 5])


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (712, "", "712"),
        (712.0, "", "712"),
        (712, "0000000", "0000712"),
        (712.5, "", "712.5"),
        (999_999_999_999_999, "", "999999999999999"),
        ("00712", "", "00712"),
        ("712E10", "", "712E10"),
        (True, "", "yes"),
        (False, "", "no"),
        (" web ", "", " web "),
    ],
)
def test_cells_of_excel_keep_their_text(value: object, number_format: str, text: str) -> None:
    sheet = read_sheet(xlsx(["hostname", "serial"], ["web01", value], number_format=number_format))
    assert sheet.rows == (SheetRow(2, ("web01", text)),)


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("=HYPERLINK(1)", "sheet_cell_formula"),
        (date(2026, 1, 2), "sheet_cell_date"),
        (12345678901234567, "sheet_cell_rounded"),
        ("#N/A", "sheet_cell_error"),
    ],
)
def test_what_a_spreadsheet_has_spoilt_is_a_problem_of_its_row(value: object, key: str) -> None:
    (row,) = read_sheet(xlsx(["hostname", "serial"], ["web01", value])).rows
    assert [(problem.key, problem.values["column"]) for problem in row.problems] == [(key, 2)]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "'=1", "''", "＝1", "'", "plain", "-", ""])
def test_nothing_runs_when_a_program_opens_it_and_everything_reads_back(text: str) -> None:
    assert not guarded(text).startswith(("=", "+", "-", "@", "\t", "\r", "＝"))
    assert unguarded(guarded(text)) == text
    for content in (write_csv([["h", "v"], ["x", text]]), write_xlsx([["h", "v"], ["x", text]])):
        if "\r" not in text:  # XML has no carriage returns; nor has the register
            assert (*read_sheet(content).rows[0].cells, "")[1] == text


def test_written_excel_cells_are_text_and_no_formula() -> None:
    book: Any = load_workbook(io.BytesIO(write_xlsx([["serial"], ["=1+1"], ["00712"]])))
    cells = [row[0] for row in book.active.iter_rows()]
    assert [(cell.value, cell.data_type) for cell in cells] == [("serial", "s"), ("'=1+1", "s"), ("00712", "s")]


cells = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20).map(lambda text: " ".join(text.split()))


@given(st.lists(st.tuples(cells.filter(bool), cells, cells.filter(bool)), min_size=1, max_size=5))
def test_any_table_of_printable_text_reads_back(rows: list[tuple[str, ...]]) -> None:
    table = [["a", "b", "c"], *(list(row) for row in rows)]
    assert texts(read_sheet(write_csv(table))) == table
    assert texts(read_sheet(write_xlsx(table))) == table


def bomb() -> bytes:
    """A sheet of a few kilobytes that unpacks to a quarter of a gigabyte."""
    packed = io.BytesIO(xlsx(["hostname"]))
    with zipfile.ZipFile(packed, "a", zipfile.ZIP_DEFLATED) as book:
        with book.open("xl/worksheets/sheet9.xml", "w") as part:
            for _ in range(256):
                part.write(bytes(2**20))
    return packed.getvalue()


def laughing() -> bytes:
    """Entities that expand a billionfold."""
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    page = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "lol">{entities}]><worksheet><sheetData><row r="1">\
<c r="A1" t="inlineStr"><is><t>&e9;</t></is></c></row></sheetData></worksheet>'
    original, packed = zipfile.ZipFile(io.BytesIO(xlsx(["hostname"]))), io.BytesIO()
    with zipfile.ZipFile(packed, "w") as book:
        for name in original.namelist():
            book.writestr(name, page if name.endswith("sheet1.xml") else original.read(name))
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"", "sheet_empty"),
        (b"\n\n , \n", "sheet_empty"),
        (xlsx(), "sheet_empty"),
        (b"x" * (MOST_BYTES + 1), "sheet_too_large"),
        (b"hostname\n" + b"web01\n" * 100_001, "sheet_too_many_rows"),
        (b"hostname\n" + b"web01" + b"," * 201 + b"x\n", "sheet_too_many_columns"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "sheet_old_excel"),
        (b"hostname\0\n", "sheet_not_text"),
        (b"\x89PNG\r\n\x1a\n\xff\xff\xff", "sheet_not_text"),
        (b'hostname\n"web01\n', "sheet_csv_broken"),
        (b'hostname\n"web01"x\n', "sheet_csv_broken"),
        (b"hostname\n" + b"w" * 200_000, "sheet_csv_broken"),
        (b"PK\x03\x04 nothing of the kind", "sheet_xlsx_broken"),
        (xlsx(["hostname"])[:-200], "sheet_xlsx_broken"),
        (xlsx(["hostname"] * 201, ["x"] * 201), "sheet_too_many_columns"),
        (bomb(), "sheet_too_large"),
        (laughing(), "sheet_xlsx_broken"),
    ],
    ids=count(),
)
def test_files_that_are_none(content: bytes, key: str) -> None:
    assert refused(content) == key


def test_a_sheet_that_lies_about_its_size_is_read_to_its_end() -> None:
    book: Any = Workbook(write_only=True)
    page: Any = book.create_sheet()
    page.append(["hostname"])
    page.append([WriteOnlyCell(page, "web01")])
    packed = io.BytesIO()
    book.save(packed)
    assert texts(read_sheet(packed.getvalue())) == [["hostname"], ["web01"]]
