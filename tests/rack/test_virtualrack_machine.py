"""A real machine behind a real BMC, driven by ipmitool as metal is."""

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from virtualrack import RackControl, RunningRack

pytestmark = [pytest.mark.rack, pytest.mark.root]

UUID = "4c4c4544-0031-3210-8044-b7c04f4d3258"
RACK = f"""
[[machines]]
name = "node1"
firmware = "bios"
serial = "712DM2X"
uuid = "{UUID}"
memory_mb = 256
mac = "52:54:00:77:00:01"
bmc = {{ address = "10.77.0.201", user = "admin", password = "secret" }}
disks = [ {{ serial = "VR-1", size = "64M" }} ]
[[machines]]
name = "old"
firmware = "bios"
serial = "712DM2Y"
uuid = "4c4c4544-0031-3210-8044-b7c04f4d3259"
mac = "52:54:00:77:00:02"
bmc = {{ address = "10.77.0.202", user = "admin", password = "secret", cipher_suites = [3] }}
disks = []
"""


@pytest.fixture(scope="module")
def rack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RackControl]:
    directory = tmp_path_factory.mktemp("rack")
    (directory / "rack.toml").write_text(RACK)
    with RunningRack(directory / "rack.toml", directory / "run") as running:
        yield running.control


@pytest.fixture
def node1(rack: RackControl) -> Iterator[RackControl]:
    """The rack with its first machine off before and after."""
    yield rack
    ipmitool(rack, "chassis", "power", "off")


def ipmitool(rack: RackControl, *words: str, suite: int = 17, host: int = 201, password: str = "secret") -> str:
    """Run in the rack's network; returns what it printed, errors included."""
    command = ["ipmitool", "-I", "lanplus", "-H", f"10.77.0.{host}", "-U", "admin", "-P", password, "-C", str(suite)]
    done = subprocess.run(rack.inside(*command, *words), capture_output=True, text=True, timeout=60, check=False)
    return done.stdout + done.stderr


def events(rack: RackControl) -> str:
    return rack.run_dir.machine("node1").events_log.read_text()


def eventually(check: Callable[[], bool], limit_s: float = 60.0) -> None:
    until = time.monotonic() + limit_s
    while not check():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.2)


@pytest.mark.parametrize("suite", [3, 17])
def test_power_goes_on_and_off_and_reads_back(node1: RackControl, suite: int) -> None:
    assert "is off" in ipmitool(node1, "chassis", "power", "status", suite=suite)
    assert "Up/On" in ipmitool(node1, "chassis", "power", "on", suite=suite)
    assert "is on" in ipmitool(node1, "chassis", "power", "status", suite=suite)
    assert node1.status().machines_on == ("node1",)
    ipmitool(node1, "chassis", "power", "off", suite=suite)
    assert "is off" in ipmitool(node1, "chassis", "power", "status", suite=suite)


def test_a_one_shot_netboot_reads_back_and_serves_one_boot(node1: RackControl) -> None:
    assert "Set Boot Device to pxe" in ipmitool(node1, "chassis", "bootdev", "pxe", "options=efiboot")
    flags = ipmitool(node1, "chassis", "bootparam", "get", "5")
    assert "Boot Flag Valid" in flags
    assert "only next boot" in flags
    assert "EFI boot" in flags
    assert "Force PXE" in flags
    ipmitool(node1, "chassis", "power", "on")
    assert "Boot Flag Invalid" in ipmitool(node1, "chassis", "bootparam", "get", "5")
    ipmitool(node1, "chassis", "power", "reset")
    orders = [line for line in events(node1).splitlines() if '"power on"' in line][-2:]
    assert '"network first"' in orders[0]
    assert '"disk first"' in orders[1]


def test_a_persistent_boot_device_stays(node1: RackControl) -> None:
    ipmitool(node1, "chassis", "bootdev", "pxe", "options=persistent")
    ipmitool(node1, "chassis", "power", "on")
    flags = ipmitool(node1, "chassis", "bootparam", "get", "5")
    assert "all future boots" in flags
    assert "Force PXE" in flags
    ipmitool(node1, "chassis", "bootdev", "none")


def test_a_machine_that_is_off_cannot_be_reset(node1: RackControl) -> None:
    assert "not supported in present state" in ipmitool(node1, "chassis", "power", "reset")
    assert "is off" in ipmitool(node1, "chassis", "power", "status")


def test_a_power_cycle_ends_switched_on(node1: RackControl) -> None:
    ipmitool(node1, "chassis", "power", "on")
    ipmitool(node1, "chassis", "power", "cycle")
    eventually(lambda: "is on" in ipmitool(node1, "chassis", "power", "status"))


def test_a_pulled_cord_is_seen_as_off(node1: RackControl) -> None:
    ipmitool(node1, "chassis", "power", "on")
    node1.cut("node1")
    assert "is off" in ipmitool(node1, "chassis", "power", "status")


def test_the_console_is_kept_and_replayed_to_who_comes_later(node1: RackControl) -> None:
    ipmitool(node1, "chassis", "power", "on")
    eventually(lambda: "SeaBIOS" in node1.console("node1"))
    command = node1.inside("ipmitool", "-I", "lanplus", "-H", "10.77.0.201", "-U", "admin", "-P", "secret", "-C", "17")
    with subprocess.Popen([*command, "sol", "activate"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as console:
        assert console.stdin is not None
        time.sleep(3)
        console.stdin.write(b"~.")
        console.stdin.flush()
        printed = console.communicate(timeout=30)[0].decode("utf-8", "replace")
    assert UUID in printed


def test_the_system_guid_is_the_uuid_of_the_firmware_tables(rack: RackControl) -> None:
    assert UUID in ipmitool(rack, "mc", "guid")


def test_a_bmc_without_the_asked_cipher_suite_says_so_at_once(rack: RackControl) -> None:
    started_s = time.monotonic()
    assert "no matching cipher suite" in ipmitool(rack, "chassis", "power", "status", suite=17, host=202)
    assert time.monotonic() - started_s < 5
    assert "is off" in ipmitool(rack, "chassis", "power", "status", suite=3, host=202)


@pytest.mark.parametrize("suite", [3, 17])
def test_a_wrong_password_is_refused(rack: RackControl, suite: int) -> None:
    assert "Unable to establish" in ipmitool(rack, "chassis", "power", "status", suite=suite, password="wrong")
    assert "is off" in ipmitool(rack, "chassis", "power", "status", suite=suite)


def test_its_files_are_where_the_host_can_see_them(rack: RackControl) -> None:
    assert (rack.run_dir.path / "machines" / "node1" / "disk-VR-1.raw").stat().st_size == 64 * 1024**2
    assert Path(f"/proc/{rack.pid}").exists()
