"""dnsmasq's configuration: whole files as golden files, and what never gets into one."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from rackwright.dhcp.dnsmasq import CONFIG, prepare_dnsmasq
from rackwright.dhcp.events import SCRIPT
from rackwright.render.dnsmasq import EVENTS_SCRIPT, dnsmasq_config
from rackwright.values.errors import OperatorMustFix
from rackwright.values.network import Network

GOLDEN = Path(__file__).parents[1] / "golden"
RACK = Network("rack", "br0", "10.77.0.1", 24, "10.77.0.100", "10.77.0.199")
WIDE = Network(
    "hall 2", "eth1.20", "10.20.0.1", 20, "10.20.4.0", "10.20.15.254", gateway="10.20.0.254",
    dns=("10.20.0.53", "10.20.0.54"),
)  # fmt: skip
OTHERS = Network("others", "eth2", "10.30.0.5", 24, "", "", dhcp=False)


def render(*networks: Network, door_url: str = "") -> str:
    return dnsmasq_config(
        networks,
        door_port=8080,
        door_url=door_url,
        ipxe_dir=Path("/usr/lib/ipxe"),
        state_dir=Path("/var/lib/rackwright"),
    )


@pytest.mark.parametrize(
    ("name", "networks"), [("dnsmasq-demo.conf", (RACK,)), ("dnsmasq-three-networks.conf", (RACK, WIDE, OTHERS))]
)
def test_the_whole_file_is_the_golden_one(name: str, networks: tuple[Network, ...]) -> None:
    assert render(*networks) == (GOLDEN / name).read_text()


def test_the_door_may_be_elsewhere() -> None:
    assert "tag:net0,https://boot.example:443/boot.ipxe\n" in render(RACK, door_url="https://boot.example:443/")


def test_there_is_room_for_every_address_of_the_ranges() -> None:
    many = replace(WIDE, prefix=16, range_first="10.20.4.0", range_last="10.20.43.255")
    assert "dhcp-lease-max=10240\n" in render(many)
    assert "dhcp-lease-max=1000\n" in render(RACK)


@pytest.mark.parametrize(
    "network",
    [
        replace(RACK, interface="br0\nconf-file=/etc/passwd"),
        replace(RACK, interface="br0,br1"),
        replace(RACK, interface="a" * 16),
    ],
)
def test_a_value_cannot_bring_configuration_of_its_own(network: Network) -> None:
    with pytest.raises(OperatorMustFix, match="dnsmasq_value_odd"):
        render(network)


def test_the_name_of_a_network_is_not_in_the_file() -> None:
    assert "hall" not in render(replace(RACK, name="hall\ndhcp-script=/bin/sh"))


@pytest.mark.parametrize("url", ["http://x/\ndhcp-script=/bin/sh", "http://x y", "ftp://x", "http://x,y"])
def test_an_odd_url_is_refused(url: str) -> None:
    with pytest.raises(OperatorMustFix, match="dnsmasq_value_odd"):
        render(RACK, door_url=url)


def test_the_file_is_written_whole_and_run_in_the_foreground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rackwright.dhcp.dnsmasq.find_dnsmasq", lambda: "/usr/sbin/dnsmasq")
    argv = prepare_dnsmasq("port=0\n", tmp_path)
    assert argv == ["/usr/sbin/dnsmasq", "--keep-in-foreground", f"--conf-file={tmp_path / CONFIG}"]
    written = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert written == {CONFIG: "port=0\n", EVENTS_SCRIPT: SCRIPT}
    assert os.access(tmp_path / EVENTS_SCRIPT, os.X_OK)


def test_a_host_without_dnsmasq_is_told_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rackwright.dhcp.dnsmasq.find_dnsmasq", lambda: None)
    with pytest.raises(OperatorMustFix, match="package=dnsmasq-base"):
        prepare_dnsmasq("", tmp_path)
