"""The configuration, the lease file and the probe against the real dnsmasq, in a network namespace. Needs root."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rackwright.dhcp.dnsmasq import find_dnsmasq, prepare_dnsmasq
from rackwright.render.dnsmasq import dnsmasq_config
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


def config(state_dir: Path, *networks: Network) -> str:
    return dnsmasq_config(networks, door_port=8080, ipxe_dir=state_dir, state_dir=state_dir)


def test_dnsmasq_accepts_the_file(tmp_path: Path) -> None:
    argv = prepare_dnsmasq(config(tmp_path, RACK, OTHERS), tmp_path)
    said = subprocess.run([*argv, "--test"], capture_output=True, text=True, timeout=10, check=False)
    assert (said.returncode, said.stderr.strip()) == (0, "dnsmasq: syntax check OK.")


def test_the_probe_finds_a_real_server_and_dnsmasq_advertises_the_prefix(tmp_path: Path) -> None:
    argv = prepare_dnsmasq(config(tmp_path, RACK), tmp_path)
    probe = f"{sys.executable} {tmp_path / 'probe.py'}"
    (tmp_path / "probe.py").write_text(PROBE)
    script = WIRING.replace("PROBE", probe)
    done = subprocess.run(
        ["unshare", "--net", "sh", "-c", script, "sh", *argv],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [["10.77.0.1"], []]
    log = (tmp_path / "log").read_text()
    assert "RTR-ADVERT(br0) fd77::" in log
    assert "bootfile name: undionly.kpxe" in log
    assert not (tmp_path / "dnsmasq.leases").read_text()  # asking takes no address
