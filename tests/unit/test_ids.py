"""Identifiers in their normal form, and what boards say when nobody gave them one."""

from __future__ import annotations

import pytest

from rackwright.values.ids import genuine, new_id, parse_mac
from rackwright.values.reported import one_line


@pytest.mark.parametrize(
    "text",
    [
        "52:54:00:aa:bb:cc",
        "52-54-00-AA-BB-CC",
        "5254.00aa.bbcc",
        "525400AABBCC",
        " 52:54:00:AA:bb:cc ",
        "52 54 00 aa bb cc",
    ],
)
def test_spellings_of_one_mac(text: str) -> None:
    assert parse_mac(text) == "52:54:00:aa:bb:cc"


@pytest.mark.parametrize(
    "text",
    [
        "", "0", "52:54:00:aa:bb", "52:54:00:aa:bb:cc:dd", "52:54:00:aa:bb:cg", "00:00:00:00:00:00",
        "ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01", "33:33:00:00:00:01", "${net0/mac}", "５２:54:00:aa:bb:cc",
    ],
)  # fmt: skip
def test_what_is_no_unicast_mac(text: str) -> None:
    assert parse_mac(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "0", "00000000", "FFFFFFFF", "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "00000000-0000-0000-0000-000000000000", "To be filled by O.E.M.", "to be  filled by o.e.m.",
        "Default string", "System Serial Number", "System Product Name", "Not Specified", "None", "N/A",
        "03000200-0400-0500-0006-000700080009", "0123456789", "XXXXXXX", "...", "********", "Empty", "unknown",
        "\tDefault  String\n",
    ],
)  # fmt: skip
def test_placeholders_count_as_none(text: str) -> None:
    assert genuine(text) == ""


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("712DM2X", "712DM2X"),
        (" 712DM2X ", "712DM2X"),
        ("CN 7016 345", "CN 7016 345"),
        ("CN  7016\t345", "CN 7016 345"),
        ("F00D", "F00D"),
        ("0A1", "0A1"),
        ("PowerEdge R710", "PowerEdge R710"),
        ("4c4c4544-0032-4410-804d-b7c04f313259", "4c4c4544-0032-4410-804d-b7c04f313259"),
    ],
)
def test_a_real_serial_is_kept(text: str, kept: str) -> None:
    assert genuine(text) == kept


def test_ids_are_version_7_in_their_order_and_never_twice() -> None:
    made = [new_id() for _ in range(1000)]
    assert len(set(made)) == 1000
    assert {(one[14], one[19] in "89ab", len(one)) for one in made} == {("7", True, 36)}
    stamps = [one[:13] for one in made]
    assert stamps == sorted(stamps)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("plain", "plain"),
        ("a\nb", "a\ufffdb"),
        ("\x1b[2J", "\ufffd[2J"),
        ("x" * 50, "x" * 10),
        ("序列号", "序列号"),
        ("\0", "\ufffd"),
    ],
)
def test_what_a_machine_says_is_one_bounded_visible_line(text: str, line: str) -> None:
    assert one_line(text, 10) == line
