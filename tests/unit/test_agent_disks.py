"""Which disks a machine has, and how each is attached, from /sys trees of several kinds of machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from rackwright_agent.failures import MachineFailed
from rackwright_agent.observe import buspath, disks
from rackwright_agent.plan import target
from rackwright_wire.facts import Disk
from rackwright_wire.messages import DiskName, ImageSource
from tests.fixtures.agent.sysfs_tree import SysTree

PAGE_80 = b"\x00\x80\x00\x08  ZC1234"


@pytest.fixture
def tree(tmp_path: Path) -> SysTree:
    return SysTree(tmp_path)


def only(tree: SysTree) -> Disk:
    (disk,) = disks.read(tree.root)
    return disk


def test_a_virtio_disk(tree: SysTree) -> None:
    tree.disk("vda", "pci0000:00/0000:00:05.0/virtio2", serial="RW-DISK-1")
    disk = only(tree)
    assert disk == Disk(
        "/dev/vda", "pci-0000:00:05.0", "RW-DISK-1", "", 100 << 30, 512, 4096, "virtio", "", False, False, 0
    )


def test_a_sata_disk_behind_ahci(tree: SysTree) -> None:
    where = "pci0000:00/0000:00:1f.2/ata3/host2/target2:0:0/2:0:0:0"
    tree.disk("sda", where, queue__rotational=1, ro=1)
    tree.attributes(
        f"devices/{where}", model="ST4000NM0035", vendor="ATA", vpd_pg80=PAGE_80, wwid="naa.5000C500A1B2C3D4"
    )
    tree.attributes("class/ata_port/ata3", port_no=3)
    disk = only(tree)
    assert (disk.path, disk.transport, disk.serial) == ("pci-0000:00:1f.2-ata-3", "sata", "ZC1234")
    assert (disk.wwn, disk.model, disk.rotational, disk.read_only) == ("0x5000c500a1b2c3d4", "ST4000NM0035", True, True)


def test_an_nvme_disk(tree: SysTree) -> None:
    where = "pci0000:00/0000:00:1d.0/0000:01:00.0/nvme/nvme0"
    tree.disk("nvme0n1", where, nsid=1, wwid="eui.0025385b71b1e2f3", sector=4096)
    tree.attributes(f"devices/{where}", serial="S4EVNX0N", model="SAMSUNG MZ", transport="pcie")
    disk = only(tree)
    assert (disk.path, disk.transport, disk.serial) == ("pci-0000:01:00.0-nvme-1", "nvme", "S4EVNX0N")
    assert (disk.wwn, disk.logical_sector_bytes) == ("eui.0025385b71b1e2f3", 4096)


@pytest.mark.parametrize("fabric", ["tcp", "rdma", "fc"])
def test_an_nvme_namespace_over_a_fabric_with_native_multipath(tree: SysTree, fabric: str) -> None:
    subsystem = "virtual/nvme-subsystem/nvme-subsys3"
    tree.disk("nvme3n1", subsystem, nsid=1)
    tree.disk("nvme3c3n1", "virtual/nvme-fabrics/ctl/nvme3", hidden=1)
    tree.attributes("devices/virtual/nvme-fabrics/ctl/nvme3", transport=fabric)
    tree.link(f"devices/{subsystem}/nvme3", "devices/virtual/nvme-fabrics/ctl/nvme3")
    assert only(tree).transport == "nvmeof"


def scsi(tree: SysTree, host: int, parent: str, name: str = "sda", vendor: str = "ACME", lun: int = 0) -> None:
    where = f"{parent}/host{host}/target{host}:0:1/{host}:0:1:{lun}"
    tree.disk(name, where)
    tree.attributes(f"devices/{where}", vendor=vendor)


@pytest.mark.parametrize(
    ("host_class", "driver", "vendor", "transport"),
    [
        ("fc_host", "lpfc", "DGC", "fc"),
        ("iscsi_host", "qla4xxx", "DGC", "iscsi"),
        ("sas_host", "mpt3sas", "SEAGATE", "sas"),
        ("sas_host", "mpt3sas", "ATA", "sata"),
        ("", "ib_srp", "LIO-ORG", "srp"),
        ("", "megaraid_sas", "DELL", "raid"),
        ("", "Virtio SCSI HBA", "QEMU", "scsi"),
    ],
)
def test_scsi_disks_are_told_apart_by_their_host(
    tree: SysTree, host_class: str, driver: str, vendor: str, transport: str
) -> None:
    scsi(tree, 4, "pci0000:3a/0000:3a:00.0/0000:3b:00.0", vendor=vendor)
    tree.attributes("class/scsi_host/host4", proc_name=driver)
    if host_class:
        tree.attributes(f"class/{host_class}/host4")
    assert only(tree).transport == transport


def test_software_iscsi_has_no_host_class_but_a_session(tree: SysTree) -> None:
    tree.disk("sda", "platform/host7/session1/target7:0:0/7:0:0:1")
    assert only(tree).transport == "iscsi"


def test_a_usb_stick_is_listed_as_usb_with_the_device_s_serial(tree: SysTree) -> None:
    usb = "pci0000:00/0000:00:14.0/usb1/1-3"
    tree.attributes(f"devices/{usb}", idVendor="0781", serial="4C530001")
    tree.disk("sdb", f"{usb}/1-3:1.0/host6/target6:0:0/6:0:0:0")
    disk = only(tree)
    assert (disk.transport, disk.serial) == ("usb", "4C530001")
    assert disk.path == "pci-0000:00:14.0-usb-0:3:1.0-scsi-0:0:0:0"


def test_a_sas_disk_behind_an_expander_is_named_by_its_phy(tree: SysTree) -> None:
    where = "pci0000:3a/0000:3b:00.0/host0/port-0:0/expander-0:0/port-0:0:5/end_device-0:0:5/target0:0:5/0:0:5:0"
    tree.disk("sdc", where)
    tree.attributes("class/sas_device/end_device-0:0:5", phy_identifier=5)
    tree.attributes("class/sas_device/expander-0:0", sas_address="0x500056b3a1b2c3ff")
    assert only(tree).path == "pci-0000:3b:00.0-sas-exp0x500056b3a1b2c3ff-phy5-lun-0"


def test_the_host_number_in_a_path_does_not_depend_on_the_order_of_drivers(tree: SysTree) -> None:
    scsi(tree, 9, "pci0000:00/0000:00:06.0/virtio3")
    assert only(tree).path == "pci-0000:00:06.0-scsi-0:0:1:0"


def test_what_is_no_disk_is_left_out(tree: SysTree) -> None:
    for name in ("loop0", "ram0", "zram0", "md0", "dm-0", "sr0", "fd0", "nbd0", "mmcblk0boot0", "mmcblk0rpmb"):
        tree.disk(name, f"virtual/{name}")
    tree.disk("sda", "pci0000:00/0000:00:14.0/usb1/host1/target1:0:0/1:0:0:0", gib=0)
    assert disks.read(tree.root) == ()


def test_slots_follow_the_bus_and_not_the_kernel_s_names(tree: SysTree) -> None:
    for name, address in (("vda", "0000:00:1f.0"), ("vdb", "0000:00:0a.0"), ("vdc", "0000:00:02.0")):
        tree.disk(name, f"pci0000:00/{address}/virtio{name[-1]}")
    assert [d.device for d in disks.read(tree.root)] == ["/dev/vdc", "/dev/vdb", "/dev/vda"]
    assert [d.slot for d in disks.read(tree.root)] == [0, 1, 2]


def test_ports_are_counted_as_numbers() -> None:
    paths = [f"pci-0000:00:1f.2-ata-{n}" for n in (10, 9, 1)]
    assert sorted(paths, key=buspath.order) == list(reversed(paths))


def test_a_machine_without_sys_has_no_disks(tmp_path: Path) -> None:
    assert disks.read(tmp_path) == ()


@pytest.mark.parametrize(
    ("wwid", "wwn"),
    [
        ("naa.600508B1001C", "0x600508b1001c"),
        ("eui.00a0", "eui.00a0"),
        ("t10.ATA     QEMU HARDDISK", ""),
        ("", ""),
    ],
)
def test_a_wwn_is_only_what_is_unique_in_the_world(wwid: str, wwn: str) -> None:
    assert disks.wwn(wwid) == wwn


A = Disk("/dev/sda", "pci-1", "S1", "0xA", 1 << 30, 512, 512, "sata")
B = Disk("/dev/sdb", "pci-2", "S2", "0xB", 1 << 30, 512, 512, "sata")
NAMELESS = Disk("/dev/sdc", "", "", "", 1 << 30, 512, 512, "raid")


@pytest.mark.parametrize(
    ("name", "chosen"),
    [
        (DiskName(serial="S1"), A),
        (DiskName(wwn="0xb"), B),
        (DiskName(path="pci-2"), B),
        (DiskName(serial="S2", wwn="0xB", path="pci-2"), B),
        (DiskName(serial="S1", path="pci-2"), None),
        (DiskName(serial="S"), None),
        (DiskName(), None),
    ],
)
def test_a_name_means_one_disk_or_none(name: DiskName, chosen: Disk | None) -> None:
    if chosen is not None:
        assert target.choose((A, B, NAMELESS), name) is chosen
        return
    with pytest.raises(MachineFailed):
        target.choose((A, B, NAMELESS), name)


def test_two_disks_of_one_name_are_never_guessed_between() -> None:
    twin = Disk("/dev/sdz", "pci-9", "S1", "0xA", 1 << 30, 512, 512, "fc")
    with pytest.raises(MachineFailed, match="2 disks are serial S1"):
        target.choose((A, twin), DiskName(serial="S1"))


@pytest.mark.parametrize(
    ("raw", "sector", "compression", "complaint"),
    [
        (1 << 31, 512, "zstd", "larger disk"),
        (1 << 20, 4096, "zstd", "sectors of 4096"),
        (1000, 512, "zstd", "whole number"),
        (0, 512, "zstd", "whole number"),
        (1 << 20, 512, "lzma", "lzma"),
    ],
)
def test_an_image_that_does_not_fit_is_refused(raw: int, sector: int, compression: str, complaint: str) -> None:
    with pytest.raises(MachineFailed, match=complaint):
        target.check_fits(A, ImageSource("/", "x", compression, 1, raw, sector))
