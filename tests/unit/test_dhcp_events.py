"""What dnsmasq's script writes, read: whole and well-formed lines, each told once, in bounded memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from rackwright.dhcp.events import EVENTS, LONGEST, EventFile, parse_events
from rackwright.ports import DhcpEvent, DhcpStep

MAC = "52:54:00:00:00:01"
LINE = f"1700000000 dhcp {MAC} 10.77.0.123 br0\n"


def test_each_kind_of_line_is_an_event() -> None:
    text = LINE + "1700000001 loader - 10.77.0.123 snponly.efi\n" + LINE.replace("dhcp", "ipxe")
    at = 1_700_000_000_000_000
    assert parse_events(text) == [
        DhcpEvent(at, DhcpStep.FIRMWARE, MAC, "10.77.0.123", "br0"),
        DhcpEvent(at + 1_000_000, DhcpStep.LOADER, "", "10.77.0.123", "snponly.efi"),
        DhcpEvent(at, DhcpStep.IPXE, MAC, "10.77.0.123", "br0"),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "", "1700000000", "x" * 5000, LINE.replace("dhcp", "init"), LINE.replace(MAC, "-"), LINE[3:].lstrip("0"),
        LINE.replace("10.77.0.123", "fd77::12"), LINE.replace(MAC, "06-" + MAC), LINE.replace("br0", "a b"),
        "1700000000 loader 52:54:00:00:00:01 10.77.0.123 x\n", LINE.replace("br0", "\x1b[2J"),
    ],
)  # fmt: skip
def test_an_odd_line_is_passed_over_and_the_next_is_read(line: str) -> None:
    assert len(parse_events(f"{line}\n{LINE}")) == 1


def test_each_event_is_told_once_and_none_is_lost_while_the_file_is_put_aside(tmp_path: Path) -> None:
    path, events = tmp_path / EVENTS, EventFile(tmp_path / EVENTS)
    assert events.drain() == []
    path.write_text(LINE)
    opened = path.open("a")  # a script that is about to write
    assert events.drain() == []
    with opened:
        opened.write(LINE)
    path.write_text(LINE)
    assert len(events.drain()) == 2
    assert len(events.drain()) == 1
    assert events.drain() == []


def test_what_was_put_aside_by_a_server_that_died_is_read_by_the_next(tmp_path: Path) -> None:
    (tmp_path / EVENTS).write_text(LINE)
    EventFile(tmp_path / EVENTS).drain()
    assert len(EventFile(tmp_path / EVENTS).drain()) == 1


def test_a_huge_file_costs_bounded_memory(tmp_path: Path) -> None:
    (tmp_path / EVENTS).write_text(LINE * (2 * LONGEST // len(LINE)))
    events = EventFile(tmp_path / EVENTS)
    events.drain()
    assert len(events.drain()) == LONGEST // len(LINE)
    assert list(tmp_path.iterdir()) == []
