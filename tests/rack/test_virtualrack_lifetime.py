"""A rack vanishes with whoever started it, and its server can be killed and started again."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from virtualrack import ControlError, RackDidNotStart, RunningRack

pytestmark = [pytest.mark.rack, pytest.mark.root]

RACK = """
[[machines]]
name = "node1"
firmware = "bios"
serial = "712DM2X"
uuid = "4c4c4544-0031-3210-8044-b7c04f4d3258"
mac = "52:54:00:77:00:01"
bmc = { address = "10.77.0.201", user = "admin", password = "secret" }
disks = [ { serial = "VR-1", size = "64M" } ]
"""

# Answers each connection on descriptor 3 with who it is, and leaves a child that outlives it.
SERVER = """
import os, socket, subprocess
subprocess.Popen(["sleep", "1000"])
assert os.environ["LISTEN_PID"] == str(os.getpid()) and os.environ["LISTEN_FDS"] == "1"
listening = socket.socket(fileno=3)
while True:
    connection, _ = listening.accept()
    connection.sendall(f"{os.getpid()} {sorted(os.listdir('/sys/class/net'))}".encode())
    connection.close()
"""


@pytest.fixture
def rack_file(tmp_path: Path) -> Path:
    (tmp_path / "rack.toml").write_text(RACK)
    return tmp_path / "rack.toml"


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        number: int = probe.getsockname()[1]
        return number


@pytest.fixture
def rack(rack_file: Path, port: int, tmp_path: Path) -> Iterator[RunningRack]:
    server = [sys.executable, "-c", SERVER]
    with RunningRack(rack_file, tmp_path / "racks" / "a", listen=f"127.0.0.1:{port}", server=server) as running:
        yield running


def ask(port: int) -> str:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        return connection.recv(100).decode()


def gone(pid: int, limit_s: float = 15.0) -> bool:
    until = time.monotonic() + limit_s
    while Path(f"/proc/{pid}").exists() and time.monotonic() < until:
        time.sleep(0.05)
    return not Path(f"/proc/{pid}").exists()


def test_the_server_is_reached_from_the_host_and_sees_only_the_rack(rack: RunningRack, port: int) -> None:
    assert ask(port).endswith(str(["br0", "lo", "tap00770001"]))


def test_a_killed_server_comes_back_on_the_same_socket(rack: RunningRack, port: int) -> None:
    before = ask(port)
    killed = rack.control.kill_server()
    assert len(killed.survivors) == 1
    assert not rack.control.status().server_running
    assert rack.control.status().server_exit == "signal 9"
    rack.control.start_server()
    assert ask(port) != before


def test_a_running_server_is_not_started_twice(rack: RunningRack) -> None:
    with pytest.raises(ControlError, match="is running"):
        rack.control.start_server()


def test_an_unknown_machine_is_refused_by_name(rack: RunningRack) -> None:
    with pytest.raises(ControlError, match="node9"):
        rack.control.cut("node9")


def test_an_orderly_stop_leaves_nothing(rack: RunningRack, port: int, tmp_path: Path) -> None:
    pid = rack.control.pid
    rack.stop()
    assert gone(pid)
    assert list((tmp_path / "racks").iterdir()) == []
    with pytest.raises(ConnectionRefusedError):
        ask(port)


def test_a_rack_whose_starter_is_killed_stops_in_order(rack_file: Path, tmp_path: Path) -> None:
    run_dir = tmp_path / "racks" / "a"
    code = f"""
import time
from pathlib import Path
from virtualrack import RunningRack
with RunningRack(Path({str(rack_file)!r}), Path({str(run_dir)!r})) as rack:
    print(rack.control.pid, flush=True)
    time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as starter:
        assert starter.stdout is not None
        pid = int(starter.stdout.readline())
        starter.kill()
    assert gone(pid)
    until = time.monotonic() + 10
    while run_dir.exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert not run_dir.exists()


def test_a_rack_whose_outer_process_is_killed_clears_itself_away(rack: RunningRack, tmp_path: Path) -> None:
    inner = rack.control.pid
    fields = Path(f"/proc/{inner}/stat").read_text().rpartition(")")[2].split()
    os.kill(int(fields[1]), signal.SIGKILL)
    assert gone(inner)
    assert not (tmp_path / "racks" / "a").exists()


def test_a_rack_whose_first_process_is_killed_is_cleared_away(rack: RunningRack, tmp_path: Path) -> None:
    os.kill(rack.control.pid, signal.SIGKILL)
    until = time.monotonic() + 10
    while (tmp_path / "racks" / "a").exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert not (tmp_path / "racks" / "a").exists()


def test_a_taken_port_is_said_and_leaves_nothing(rack_file: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(RackDidNotStart, match="in use"), RunningRack(rack_file, tmp_path / "a", listen=address):
            pass
    assert not (tmp_path / "a").exists()
