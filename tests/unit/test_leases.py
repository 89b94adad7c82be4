"""The lease file: read whole lines only, and read again when it changes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rackwright.dhcp.leases import LeaseFile, parse_leases

LINE = "1795000000 52:54:00:AA:BB:01 10.77.0.101 * 01:52:54:00:aa:bb:01\n"


def test_an_address_leads_to_its_mac(tmp_path: Path) -> None:
    path = tmp_path / "dnsmasq.leases"
    path.write_text(LINE)
    leases = LeaseFile(path)
    assert leases.mac_of("10.77.0.101") == "52:54:00:aa:bb:01"
    assert leases.mac_of("::ffff:10.77.0.101") == "52:54:00:aa:bb:01"
    assert leases.mac_of("10.77.0.102") is None


@pytest.mark.parametrize(
    "line",
    [
        "",
        "\n",
        LINE[:-1],
        "1795000000 52:54:00:aa:bb:01 10.77.0.1",
        "1795000000 52:54:00:aa:bb 10.77.0.101 * *\n",
        "1795000000 06-52:54:00:aa:bb:01 10.77.0.101 * *\n",
        "1795000000 52:54:00:aa:bb:01 10.77.0.999 * *\n",
        "duid 00:01:00:01:2b\n",
        "1795000000 11223344 fd77::101 * 00:01:00:01:2b\n",
        "\x00\x00\x00\x00\n",
    ],
)
def test_what_is_not_a_whole_lease_is_left_out(line: str) -> None:
    whole = "0 52:54:00:aa:bb:02 10.77.0.102 web02 *\n"
    assert parse_leases(whole + line) == {"10.77.0.102": "52:54:00:aa:bb:02"}


def test_a_change_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "dnsmasq.leases"
    leases = LeaseFile(path)
    assert leases.mac_of("10.77.0.101") is None
    path.write_text(LINE)
    assert leases.mac_of("10.77.0.101") == "52:54:00:aa:bb:01"
    path.write_text(LINE.replace("BB:01", "BB:09"))  # same length, at once
    assert leases.mac_of("10.77.0.101") == "52:54:00:aa:bb:09"
    path.unlink()
    assert leases.mac_of("10.77.0.101") is None


def test_an_unchanged_file_is_not_read_again(tmp_path: Path) -> None:
    path = tmp_path / "dnsmasq.leases"
    path.write_text(LINE)
    old = 1_700_000_000_000_000_000
    os.utime(path, ns=(old, old))
    leases = LeaseFile(path)
    assert leases.mac_of("10.77.0.101") == "52:54:00:aa:bb:01"
    path.write_text(LINE.replace("BB:01", "BB:09"))
    os.utime(path, ns=(old, old))
    assert leases.mac_of("10.77.0.101") == "52:54:00:aa:bb:01"


def test_bytes_that_are_no_text_do_not_hide_the_others(tmp_path: Path) -> None:
    path = tmp_path / "dnsmasq.leases"
    path.write_bytes(b"\xff\xfe\n" + LINE.encode())
    assert LeaseFile(path).mac_of("10.77.0.101") == "52:54:00:aa:bb:01"
