"""Rack files: what a good one means, and what a wrong one is told."""

import pytest

from virtualrack import RackFileError, parse_rack
from virtualrack.rackfile import BootOrder, Disk, DiskBus, Firmware, tap_name

MACHINE = """
[[machines]]
name = "node{n}"
firmware = "uefi"
serial = "712DM2X"
uuid = "4c4c4544-0031-3210-8044-b7c04f4d3258"
mac = "52:54:00:77:00:0{n}"
bmc = {{ address = "10.77.0.20{n}", user = "admin", password = "secret" }}
disks = [ {{ serial = "VR-1", size = "4G" }}, {{ serial = "VR-2", size = "512M", bus = "nvme" }} ]
"""


def test_a_machine_needs_little_and_the_rest_has_defaults() -> None:
    machine = parse_rack(MACHINE.format(n=1)).machine("node1")
    assert machine.firmware is Firmware.UEFI
    assert machine.boot_order is BootOrder.DISK_FIRST
    assert machine.memory_mb == 1024
    assert machine.disks == (Disk("VR-1", "4G"), Disk("VR-2", "512M", DiskBus.NVME))
    assert machine.disks[1].size_bytes == 512 * 1024**2


def test_a_network_device_fits_the_kernels_name_length() -> None:
    assert tap_name(parse_rack(MACHINE.format(n=1)).machine("node1")) == "tap00770001"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('"uefi"', '"coreboot"', "firmware"),
        ('"4G"', '"4 GB"', "size"),
        ("10.77.0.201", "10.77.0.999", "bmc"),
        ("52:54:00", "52-54-00", "mac"),
        ('user = "admin"', 'user = "admin", pass = "x"', "pass"),
        ("[[machines]]", "[[machine]]", "machine"),
    ],
)
def test_a_wrong_field_is_named(old: str, new: str, complaint: str) -> None:
    with pytest.raises(RackFileError, match=complaint):
        parse_rack(MACHINE.format(n=1).replace(old, new))


@pytest.mark.parametrize(
    ("second", "first", "complaint"),
    [
        ("node2", "node1", "name used twice: node1"),
        ("10.77.0.202", "10.77.0.201", "BMC address used twice: 10.77.0.201"),
        ("52:54:00:77:00:02", "52:54:00:77:00:01", "network device used twice"),
    ],
)
def test_what_names_something_on_the_host_is_used_once(second: str, first: str, complaint: str) -> None:
    with pytest.raises(RackFileError, match=complaint):
        parse_rack(MACHINE.format(n=1) + MACHINE.format(n=2).replace(second, first))


def test_two_machines_may_report_one_serial() -> None:
    assert len(parse_rack(MACHINE.format(n=1) + MACHINE.format(n=2)).machines) == 2


def test_an_unknown_machine_is_a_lookup_error() -> None:
    with pytest.raises(LookupError, match="node9"):
        parse_rack(MACHINE.format(n=1)).machine("node9")
