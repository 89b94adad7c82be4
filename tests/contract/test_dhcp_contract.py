"""The configuration, the lease file and the probe against the real dnsmasq, in a network namespace. Needs root."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rackwright.dhcp.dnsmasq import find_dnsmasq, prepare_dnsmasq
from rackwright.dhcp.events import EVENTS, EventFile
from rackwright.dhcp.leases import LeaseFile
from rackwright.ports import DhcpStep
from rackwright.render.dnsmasq import EVENTS_SCRIPT, LEASES, dnsmasq_config
from rackwright.values.network import Network

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root for namespaces"),
    pytest.mark.skipif(find_dnsmasq() is None, reason="needs dnsmasq"),
]

RACK = Network("rack", "br0", "10.77.0.1", 24, "10.77.0.100", "10.77.0.199")
OTHERS = Network("others", "eth2", "10.30.0.5", 24, "", "", dhcp=False)
WIRING = """
set -e
ip link set lo up
ip link add br0 type bridge
ip address add 10.77.0.1/24 dev br0
ip -6 address add fd77::1/64 dev br0 nodad
ip link add near type veth peer name far
ip link set near master br0
for each in br0 near far; do ip link set "$each" up; done
"$@" 2>log & server=$!
trap 'kill "$server"; wait "$server" || true' EXIT
for _ in $(seq 100); do grep -q 'TFTP root' log && break; sleep 0.05; done
PROBE
"""
PROBE = """
import json, sys
from rackwright.dhcp.probe import other_servers
print(json.dumps([other_servers("far", ()), other_servers("far", ("10.77.0.1",), wait_s=0.6)]))
"""
# A machine that boots: its firmware takes a lease, then iPXE, then an operating system; the last part fetches a loader
# by TFTP from the very address that the lease gave.
CLIENT = """
import socket, subprocess, sys, time
from pathlib import Path

Path("lease").write_text('#!/bin/sh\\n[ "$1" != bound ] || echo "$ip" >address\\n')
Path("lease").chmod(0o755)
subprocess.run(["ip", "link", "set", "far", "address", "52:54:00:00:00:01"], check=True)
for options in (("-V", "PXEClient:Arch:00000:UNDI:002001", "-x", "0x5d:0000"), ("-x", "0x4d:69505845"), ()):
    asked = ["busybox", "udhcpc", "-f", "-n", "-q", "-i", "far", "-s", "./lease", *options]
    subprocess.run(asked, check=True, stdout=sys.stderr)
    time.sleep(1.1)  # a lease that is renewed within a second shows no change
address = Path("address").read_text().strip()
subprocess.run(["ip", "address", "add", f"{address}/32", "dev", "far"], check=True)
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
    sock.bind((address, 0))
    sock.settimeout(5)
    sock.sendto(b"\\0\\1undionly.kpxe\\0octet\\0", ("10.77.0.1", 69))
    block, peer = sock.recvfrom(1024)
    sock.sendto(b"\\0\\4" + block[2:4], peer)
print(address)
while "loader" not in Path("dhcp-events").read_text():
    time.sleep(0.05)
"""


def config(state_dir: Path, *networks: Network) -> str:
    return dnsmasq_config(networks, door_port=8080, ipxe_dir=state_dir, state_dir=state_dir)


def run_in_a_namespace(tmp_path: Path, program: str) -> subprocess.CompletedProcess[str]:
    """The program beside a running dnsmasq, whose log is the file `log`."""
    argv = prepare_dnsmasq(config(tmp_path, RACK), tmp_path)
    (tmp_path / "program.py").write_text(program)
    script = WIRING.replace("PROBE", f"{sys.executable} {tmp_path / 'program.py'}")
    done = subprocess.run(
        ["unshare", "--net", "sh", "-c", script, "sh", *argv],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


def test_dnsmasq_accepts_the_file(tmp_path: Path) -> None:
    argv = prepare_dnsmasq(config(tmp_path, RACK, OTHERS), tmp_path)
    said = subprocess.run([*argv, "--test"], capture_output=True, text=True, timeout=10, check=False)
    assert (said.returncode, said.stderr.strip()) == (0, "dnsmasq: syntax check OK.")


def test_the_probe_finds_a_real_server_and_dnsmasq_advertises_the_prefix(tmp_path: Path) -> None:
    done = run_in_a_namespace(tmp_path, PROBE)
    assert json.loads(done.stdout) == [["10.77.0.1"], []]
    log = (tmp_path / "log").read_text()
    assert "RTR-ADVERT(br0) fd77::" in log
    assert "bootfile name: undionly.kpxe" in log
    assert not (tmp_path / "dnsmasq.leases").read_text()  # asking takes no address


@pytest.mark.skipif(shutil.which("busybox") is None, reason="needs busybox for a DHCP client")
def test_dnsmasq_tells_how_far_a_machine_came(tmp_path: Path) -> None:
    (tmp_path / "undionly.kpxe").write_bytes(b"a loader")
    mac, address = "52:54:00:00:00:01", run_in_a_namespace(tmp_path, CLIENT).stdout.strip()
    events = EventFile(tmp_path / EVENTS)
    assert events.drain() == []  # a script may still be writing to it
    seen = events.drain()
    assert [(event.step, event.mac, event.address, event.detail) for event in seen] == [
        (DhcpStep.FIRMWARE, mac, address, "br0"),
        (DhcpStep.IPXE, mac, address, "br0"),
        (DhcpStep.SYSTEM, mac, address, "br0"),
        (DhcpStep.LOADER, "", address, "undionly.kpxe"),
    ]
    assert LeaseFile(tmp_path / LEASES).mac_of(address) == mac
    assert abs(seen[0].at / 1e6 - (tmp_path / "log").stat().st_mtime) < 60
    assert events.drain() == []


def test_leases_of_before_are_nobody_seen_when_dnsmasq_starts_again(tmp_path: Path) -> None:
    (tmp_path / LEASES).write_text("4000000000 52:54:00:00:00:01 10.77.0.123 * *\n")
    run_in_a_namespace(tmp_path, 'import subprocess\nsubprocess.run(["sleep", "0.5"])\n')
    assert not (tmp_path / EVENTS).exists()


def test_the_script_stops_writing_at_its_bound_and_never_fails(tmp_path: Path) -> None:
    prepare_dnsmasq("", tmp_path)
    (tmp_path / EVENTS).write_text("x" * ((1 << 20) - 10))
    for _ in range(2):
        told = ["add", "52:54:00:00:00:01", "10.77.0.123"]
        done = subprocess.run([tmp_path / EVENTS_SCRIPT, *told], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / EVENTS).stat().st_size == 1 << 20
