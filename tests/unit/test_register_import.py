"""What each row of a spreadsheet does to the register, or why it does nothing."""

from __future__ import annotations

import pytest

from rackwright.decide.register_edit import Change, Edit, Register, Verdict
from rackwright.decide.register_import import judge
from rackwright.values.machine import BmcType, Machine
from rackwright.values.problem import Problem
from rackwright.values.sheet import Sheet, SheetRow
from rackwright.words.texts_register import EN, ZH
from tests.builders import SITE, machine

MAC_1, MAC_2 = "52:54:00:aa:bb:01", "52:54:00:aa:bb:02"
WEB = (
    machine().named("web01").with_serial("712DM2X").with_macs(MAC_1).with_address("10.0.0.5/24", gateway="10.0.0.1")
    .with_bmc("10.0.1.5", password="secret").having(external_id="E1", rack="A12").build()
)  # fmt: skip
DB = machine().named("db01").with_serial("712DM2Y").with_macs(MAC_2).having(external_id="E2").build()


def sheet(header: str, *lines: str) -> Sheet:
    rows = tuple(SheetRow(n, tuple(cell.strip() for cell in line.split("|"))) for n, line in enumerate(lines, 2))
    return Sheet(tuple(cell.strip() for cell in header.split("|")), rows)


def judged(given: Sheet, *machines: Machine, busy: tuple[Machine, ...] = ()) -> tuple[Edit, ...]:
    def same_password(known: Machine, password: str) -> bool:
        return known.bmc.password == password

    return judge(given, Register(SITE, machines, frozenset(m.id for m in busy), same_password))


def verdicts(edits: tuple[Edit, ...]) -> list[Verdict]:
    return [one.verdict for one in edits]


def keys(one: Edit) -> list[str]:
    return [problem.key for problem in one.problems]


def said(problem: Problem) -> str:
    assert ZH[problem.key].format_map(problem.values)
    return EN[problem.key].format_map(problem.values)


def test_a_row_with_an_unknown_hostname_is_a_new_machine() -> None:
    (one,) = judged(sheet("hostname|serial|vlan", "web01|712DM2X|"))
    assert one.verdict is Verdict.NEW
    assert (one.after.hostname, one.after.serial, one.after.vlan, one.after.site) == ("web01", "712DM2X", None, SITE)
    assert (one.after.console_port, one.after.console_speed) == ("ttyS0", 115200)


def test_a_changed_row_names_each_field_with_old_and_new() -> None:
    (one,) = judged(sheet("hostname|rack|serial|owner", "WEB01|B7||ops"), WEB)
    assert one.verdict is Verdict.CHANGED
    assert one.changes == (Change("rack", "A12", "B7"), Change("owner", "", "ops"))
    assert one.after.serial == "712DM2X"


def test_blank_cells_keep_everything() -> None:
    (one,) = judged(sheet("hostname|rack|serial|macs|gateway|bmc_password|state", "web01||||||"), WEB)
    assert one.verdict is Verdict.UNCHANGED
    assert one.after == WEB


def test_a_dash_empties_a_cell() -> None:
    (one,) = judged(sheet("hostname|rack", "web01|-"), WEB)
    assert one.changes == (Change("rack", "A12", ""),)


def test_wholly_blank_rows_are_passed_over() -> None:
    assert len(judged(sheet("hostname|rack", "web01|A12", "|", " | "), WEB)) == 1


def test_a_password_is_compared_and_never_shown() -> None:
    same, other = (judged(sheet("hostname|bmc_password", f"web01|{word}"), WEB)[0] for word in ("secret", "new-one"))
    assert same.verdict is Verdict.UNCHANGED
    assert other.password == "new-one"
    assert other.changes == (Change("bmc_password", "***", "***"),)


def test_a_bmc_address_without_a_type_means_ipmi_for_a_new_machine() -> None:
    one, two = judged(sheet("hostname|bmc_address|bmc_type", "web01|10.0.1.5|", "web02|10.0.1.6|manual"))
    assert (one.after.bmc.type, two.after.bmc.type) == (BmcType.IPMI, BmcType.MANUAL)


def test_a_first_bmc_address_means_ipmi_also_for_a_known_machine() -> None:
    (one,) = judged(sheet("hostname|bmc_address", "db01|10.0.1.7"), DB)
    assert one.changes == (Change("bmc_type", "manual", "ipmi"), Change("bmc_address", "", "10.0.1.7"))


@pytest.mark.parametrize(
    ("header", "line", "key"),
    [
        ("hostname|serial", "web02|712dm2x", "register_duplicate"),
        ("hostname|macs", f"web02|{MAC_1}", "register_duplicate"),
        ("hostname|addresses", "web02|10.0.0.5/16", "register_duplicate"),
        ("hostname|bmc_address", "web02|10.0.1.5", "register_duplicate"),
        ("hostname|vlan", "web02|9999", "register_vlan"),
        ("hostname|site", "web02|bj2", "register_other_site"),
        ("hostname|rack", "|A12", "register_no_hostname"),
        ("hostname|gateway", "web02|10.0.0.1", "register_gateway_elsewhere"),
        ("hostname|gateway", "web01|10.0.9.1", "register_gateway_elsewhere"),
        ("hostname|gateway", "web01|10.0.0.5", "register_gateway_is_itself"),
        ("hostname|addresses", "web01|10.9.0.5/24", "register_gateway_elsewhere"),
        ("hostname|", "web02|stray", "register_cell_without_header"),
        ("hostname", "web02|stray", "register_cell_without_header"),
    ],
)
def test_what_makes_a_row_wrong(header: str, line: str, key: str) -> None:
    (one,) = judged(sheet(header, line), WEB)
    assert keys(one) == [key]
    assert said(one.problems[0])


def test_the_own_site_is_no_error() -> None:
    assert verdicts(judged(sheet("hostname|机房", f"web02|{SITE.upper()}"))) == [Verdict.NEW]


def test_a_duplicate_in_the_register_names_the_machine() -> None:
    (one,) = judged(sheet("hostname|macs", f"web02|{MAC_1}"), WEB)
    assert said(one.problems[0]) == f"macs: {MAC_1} belongs to web01 already."


@pytest.mark.parametrize(
    ("header", "first", "second"),
    [
        ("hostname", "web01", "Web01"),
        ("hostname|serial", "web01|S1", "web02|s1"),
        ("hostname|macs", f"web01|{MAC_1}", f"web02|{MAC_2} {MAC_1.upper()}"),
        ("hostname|addresses", "web01|10.0.0.5/24", "web02|10.0.0.5/16"),
        ("hostname|bmc_address", "web01|10.0.1.5", "web02|10.0.1.5"),
        ("hostname|external_id", "web01|E7", "web02|E7"),
    ],
)
def test_a_duplicate_in_the_file_is_named_in_both_rows(header: str, first: str, second: str) -> None:
    one, two = judged(sheet(header, first, second))
    assert keys(one) == keys(two) == ["register_duplicate_in_file"]
    assert (one.problems[0].values["line"], two.problems[0].values["line"]) == (3, 2)


def test_two_rows_that_are_wholly_the_same_say_so_once() -> None:
    one, two = judged(sheet("hostname|serial|macs", f"web01|S1|{MAC_1}", f"web01|S1|{MAC_1}"))
    assert len(one.problems) == len(two.problems) == 1


def test_two_machines_may_swap_what_must_be_unique() -> None:
    edits = judged(sheet("hostname|serial|macs", f"web01|712DM2Y|{MAC_2}", f"db01|712DM2X|{MAC_1}"), WEB, DB)
    assert verdicts(edits) == [Verdict.CHANGED, Verdict.CHANGED]


def test_a_row_cannot_take_what_a_wrong_row_keeps() -> None:
    edits = judged(sheet("hostname|serial|vlan", "web01|712DM2Y|", "db01|712DM2Z|9999"), WEB, DB)
    assert keys(edits[0]) == ["register_duplicate"]
    assert keys(edits[1]) == ["register_vlan"]


def test_what_one_wrong_row_keeps_spreads_along_a_chain() -> None:
    third = machine().named("app01").with_serial("S3").build()
    given = sheet("hostname|serial|vlan", "app01|712DM2X|", "web01|712DM2Y|", "db01|S9|9999")
    assert verdicts(judged(given, WEB, DB, third)) == [Verdict.ERROR] * 3


def test_headers_are_checked_before_rows() -> None:
    (one,) = judged(sheet("hostname|colour|SN|serial", "web01|red|1|2"))
    assert keys(one) == ["register_unknown_column", "register_column_twice"]
    assert (one.line, one.verdict) == (1, Verdict.ERROR)
    assert '"colour"' in said(one.problems[0])
    assert said(one.problems[1])


def test_a_sheet_must_name_its_machines() -> None:
    (one,) = judged(sheet("rack|owner", "A12|ops"))
    assert keys(one) == ["register_no_hostname_column"]


def test_an_external_id_carries_a_new_hostname() -> None:
    (one,) = judged(sheet("hostname|external_id", "web99|E1"), WEB)
    assert one.before == WEB
    assert one.changes == (Change("hostname", "web01", "web99"),)


def test_a_new_hostname_with_a_known_serial_is_an_error_not_a_rename() -> None:
    (one,) = judged(sheet("hostname|serial", "web99|712DM2X"), WEB)
    assert keys(one) == ["register_duplicate"]


@pytest.mark.parametrize("line", ["|712dm2x||B7", "||E1|B7"])
def test_without_a_hostname_serial_or_external_id_find_the_machine(line: str) -> None:
    (one,) = judged(sheet("hostname|serial|external_id|rack", line), WEB)
    assert one.before == WEB
    assert Change("rack", "A12", "B7") in one.changes


def test_two_rows_do_not_share_a_machine() -> None:
    edits = judged(sheet("hostname|external_id", "web01|", "web99|E1"), WEB)
    assert verdicts(edits) == [Verdict.ERROR, Verdict.ERROR]


@pytest.mark.parametrize(
    ("header", "cell", "verdict"),
    [
        ("serial", "OTHER", Verdict.ERROR),
        ("macs", MAC_2, Verdict.ERROR),
        ("bmc_address", "10.0.1.9", Verdict.ERROR),
        ("bmc_password", "other", Verdict.ERROR),
        ("disk", "smallest", Verdict.ERROR),
        ("os", "debian-12", Verdict.ERROR),
        ("serial", "712DM2X", Verdict.UNCHANGED),
        ("rack", "B7", Verdict.CHANGED),
        ("owner", "ops", Verdict.CHANGED),
    ],
)
def test_what_an_install_under_way_relies_on_stays(header: str, cell: str, verdict: Verdict) -> None:
    (one,) = judged(sheet(f"hostname|{header}", f"web01|{cell}"), WEB, busy=(WEB,))
    assert one.verdict is verdict
    assert keys(one) == (["register_install_under_way"] if verdict is Verdict.ERROR else [])


def test_protected_and_in_service_machines_may_be_edited() -> None:
    kept = machine().named("web01").in_service().protected().build()
    assert verdicts(judged(sheet("hostname|serial", "web01|S1"), kept)) == [Verdict.CHANGED]


def test_problems_of_cells_come_with_their_row() -> None:
    given = Sheet(
        ("hostname", "serial"), (SheetRow(2, ("web01", ""), (Problem("sheet_cell_formula", {"column": 2}),)),)
    )
    (one,) = judged(given)
    assert keys(one) == ["sheet_cell_formula"]


def test_a_serial_is_named_as_it_is_written() -> None:
    first, second = judged(sheet("hostname|serial", "web01|SN7X", "web02|SN7X"))
    assert said(first.problems[0]) == "serial: SN7X is also in line 3 (web02)."
    assert said(second.problems[0]) == "serial: SN7X is also in line 2 (web01)."


def test_an_address_that_cannot_be_read_does_not_blame_the_gateway_too() -> None:
    (one,) = judged(sheet("hostname|addresses|gateway", "web01|10.0.0.300/24|10.0.0.1"))
    assert keys(one) == ["register_address"]


def test_a_title_above_the_header_is_passed_over() -> None:
    rows = (SheetRow(2, ("hostname", "rack")), SheetRow(4, ("web01", "A12")))
    (one,) = judge(Sheet(("Servers of row A",), rows, 1), Register(SITE, (), frozenset(), lambda _, __: False))
    assert (one.line, one.after.hostname, one.after.rack) == (4, "web01", "A12")


def test_a_spoilt_cell_is_named_by_its_field_and_its_letter() -> None:
    row = SheetRow(2, ("web01", ""), (Problem("sheet_cell_formula", {"column": 2}),))
    (one,) = judge(Sheet(("hostname", "serial"), (row,), 1), Register(SITE, (), frozenset(), lambda _, __: False))
    assert said(one.problems[0]) == "serial: column B holds a formula. Paste its value instead."


@pytest.mark.parametrize("header", ["macs", "addresses", "vlan", "bmc_address", "console_port", "serial", "hostname"])
def test_what_is_wrong_with_a_cell_names_its_field(header: str) -> None:
    given = "To be filled by O.E.M." if header == "serial" else "a b!"
    line = given if header == "hostname" else f"web01|{given}"
    (one,) = judged(sheet(header if header == "hostname" else f"hostname|{header}", line))
    assert said(one.problems[0]).startswith(f"{header}: ")
