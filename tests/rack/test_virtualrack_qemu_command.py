"""The QEMU command line: what the machine is, and what comes first."""

import itertools
from pathlib import Path

import msgspec
import pytest

from virtualrack import parse_rack
from virtualrack.bootplan import BootPlan, BootTarget, NvramOrder, QemuOrder
from virtualrack.qemu import MachineFiles, command
from virtualrack.rackfile import Disk, DiskBus, Firmware, Machine

FILES = MachineFiles(Path("/run/rack/machines/node1"))
MACHINE = parse_rack(
    """
    [[machines]]
    name = "node1"
    firmware = "bios"
    serial = "712DM2X"
    manufacturer = "Dell, Inc."
    asset = "A-17"
    uuid = "4c4c4544-0031-3210-8044-b7c04f4d3258"
    mac = "52:54:00:77:00:01"
    bmc = { address = "10.77.0.201", user = "admin", password = "secret" }
    disks = [ { serial = "VR-1" }, { serial = "VR-2", bus = "sata" }, { serial = "VR-3", bus = "nvme" } ]
    """
).machine("node1")


def words(machine: Machine, plan: BootPlan) -> list[str]:
    return command(machine, FILES, plan, qmp_fd=5, serial_fd=6)


def devices(plan: BootPlan, machine: Machine = MACHINE) -> list[str]:
    line = words(machine, plan)
    named = [after for word, after in itertools.pairwise(line) if word == "-device"]
    return [device for device in named if "rng" not in device]


def test_the_firmware_tables_say_who_the_machine_is() -> None:
    line = words(MACHINE, QemuOrder(BootTarget.DISK))
    uuid = "4c4c4544-0031-3210-8044-b7c04f4d3258"
    system = f"type=1,manufacturer=Dell,, Inc.,product=Virtual Server,serial=712DM2X,uuid={uuid}"
    assert system in line
    assert "type=3,manufacturer=Dell,, Inc.,serial=712DM2X,asset=A-17" in line
    assert line[line.index("-uuid") + 1] == uuid


def test_disks_come_in_order_and_the_network_after_them() -> None:
    assert devices(QemuOrder(BootTarget.DISK)) == [
        "virtio-net-pci,id=nic0,addr=0x2,netdev=net0,mac=52:54:00:77:00:01,bootindex=4",
        "virtio-blk-pci,drive=drive0,serial=VR-1,bootindex=1",
        "ide-hd,bus=ide.1,drive=drive1,serial=VR-2,bootindex=2",
        "nvme,drive=drive2,serial=VR-3,bootindex=3",
    ]


def test_the_network_comes_before_the_disks_when_asked() -> None:
    indexes = [device.rpartition("=")[2] for device in devices(QemuOrder(BootTarget.NETWORK))]
    assert indexes == ["1", "2", "3", "4"]


def test_a_uefi_machine_is_given_no_order() -> None:
    uefi = msgspec.structs.replace(MACHINE, firmware=Firmware.UEFI)
    assert not [word for word in words(uefi, NvramOrder()) if "bootindex" in word]
    assert f"if=pflash,unit=1,format=raw,file={FILES.nvram}" in words(uefi, NvramOrder())


def test_a_reset_ends_the_process_after_its_reason_was_told() -> None:
    line = words(MACHINE, QemuOrder(BootTarget.DISK))
    assert line[line.index("-action") + 1] == "reboot=shutdown,shutdown=pause"


@pytest.mark.parametrize("bus", list(DiskBus))
def test_every_bus_tells_the_disks_serial(bus: DiskBus) -> None:
    machine = msgspec.structs.replace(MACHINE, disks=(Disk("VR-9", "1G", bus),))
    assert "serial=VR-9" in devices(NvramOrder(), machine)[1]
