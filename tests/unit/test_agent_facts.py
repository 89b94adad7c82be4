"""What the agent reads from tools and files of a machine that is not the one the tests run on."""

from __future__ import annotations

from pathlib import Path

import pytest

from rackwright_agent import clock, kernel_command_line
from rackwright_agent.commands import Commands
from rackwright_agent.failures import AgentError, MachineFailed
from rackwright_agent.observe import bmc, cpu, dmi, memory, nics
from rackwright_agent.observe.machine import Machine
from rackwright_wire.facts import BmcFacts, MemoryModule
from tests.fixtures.agent.sysfs_tree import SysTree

TEXTS = Path(__file__).parents[1] / "fixtures/agent"


def text(name: str) -> str:
    return (TEXTS / name).read_text()


class NoTools(Commands):
    """A RAM OS in which every tool fails."""

    def run(self, argv: list[str], timeout_s: float, allowed: tuple[int, ...] = (0,)) -> str:
        raise MachineFailed(argv[0])


def test_identity_comes_from_sys(tmp_path: Path) -> None:
    tree = SysTree(tmp_path)
    tree.attributes(
        "class/dmi/id",
        product_serial=" 712DM2X ", product_uuid="4C4C4544-0031", sys_vendor="Dell Inc.",
        product_name="PowerEdge R740", chassis_asset_tag="DC1", bios_version="2.1", chassis_serial="C1",
    )  # fmt: skip
    assert dmi.from_sysfs(tmp_path) == dmi.Dmi("712DM2X", "4c4c4544-0031", "Dell Inc.", "PowerEdge R740", "DC1", "2.1")


def test_a_blank_system_serial_is_taken_from_the_chassis(tmp_path: Path) -> None:
    SysTree(tmp_path).attributes("class/dmi/id", product_serial="   ", chassis_serial="C1")
    assert dmi.from_sysfs(tmp_path).serial == "C1"


def test_identity_from_dmidecode() -> None:
    read = dmi.from_dmidecode(text("dmidecode-013.txt"))
    assert (read.serial, read.model, read.asset_tag) == ("712DM2X", "PowerEdge R740", "DC1-0042")
    assert read.uuid == "4c4c4544-0031-3210-8044-b7c04f4d3258"
    assert read.firmware_version == "2.10.2"


def test_memory_modules_are_the_populated_slots() -> None:
    assert memory.modules(text("dmidecode-017.txt")) == (
        MemoryModule("A1", 32 << 30, 2933, "HMA84GR7CJR4N-XN", "83A1C0FE"),
        MemoryModule("B1", 16 << 30, 1333, "", ""),
    )


def test_processors_are_counted_by_package_and_core() -> None:
    read = cpu.parse(text("cpuinfo.txt"))
    assert (read.sockets, read.cores, read.threads) == (2, 2, 4)
    assert read.model.startswith("Intel(R) Xeon(R) Gold 6130")


def test_processors_without_ids_count_one_core_a_thread() -> None:
    read = cpu.parse("processor\t: 0\nBogoMIPS: 50\n\nprocessor\t: 1\nBogoMIPS: 50\n")
    assert (read.sockets, read.cores, read.threads) == (1, 2, 2)


def test_the_bmc_is_found_on_a_channel_that_is_a_lan() -> None:
    asked: list[str] = []

    def ask(words: list[str]) -> str:
        asked.append(" ".join(words))
        answers = {"mc info": text("ipmitool-mc-info.txt"), "lan print 8": text("ipmitool-lan-print.txt")}
        return answers.get(asked[-1], "")

    assert bmc.read(ask) == BmcFacts("10.77.0.201", "54:bf:64:c0:ff:ee", "4.22")
    assert asked == ["mc info", "lan print 1", "lan print 8"]


def test_a_bmc_without_an_address_has_none() -> None:
    unset = text("ipmitool-lan-print.txt").replace("10.77.0.201", "0.0.0.0")
    assert bmc.read(lambda words: unset if words[0] == "lan" else "Firmware Revision : 1").address == ""


def test_an_absent_bmc_is_no_failure() -> None:
    assert bmc.read(lambda words: "") == BmcFacts()


def test_ports_with_hardware_behind_them(tmp_path: Path) -> None:
    tree = SysTree(tmp_path)
    tree.nic("eth0", "pci0000:00/0000:00:03.0/virtio0", address="52:54:00:AA:BB:CC", carrier=1, speed=-1)
    tree.nic("eth1", "pci0000:00/0000:18:00.1", address="02:00:00:00:00:01", addr_assign_type=3, carrier=0, speed=25000)
    tree.attributes("class/net/lo", type=772, address="00:00:00:00:00:00")
    tree.nic("ib0", "pci0000:00/0000:19:00.0", type=32)
    tree.link("devices/pci0000:00/0000:18:00.1/driver", "bus/pci/drivers/mlx5_core")
    first, second = nics.read(tmp_path, lambda name: "98:03:9b:00:00:01")
    assert (first.mac, first.link, first.speed_mbps, first.path) == ("52:54:00:aa:bb:cc", True, 0, "pci-0000:00:03.0")
    assert (second.mac, second.link, second.speed_mbps) == ("98:03:9b:00:00:01", False, 25000)
    assert second.driver == "mlx5_core"


@pytest.mark.parametrize(
    ("said", "mac"),
    [
        ("Permanent address: 98:03:9B:00:00:01\n", "98:03:9b:00:00:01"),
        ("Permanent address: 00:00:00:00:00:00\n", ""),
        ("Permanent address: not set\n", ""),
        ("", ""),
    ],
)
def test_the_permanent_address_in_ethtool_s_words(said: str, mac: str) -> None:
    assert nics.parse_ethtool(said) == mac


def test_a_machine_of_which_nothing_can_be_read_still_reports(tmp_path: Path) -> None:
    facts = Machine(NoTools(), tmp_path, tmp_path).facts("52:54:00:aa:bb:cc")
    assert facts.boot_mode == "bios"
    assert facts.boot_mac == "52:54:00:aa:bb:cc"
    assert (facts.serial, facts.disks, facts.nics, facts.memory_bytes) == ("", (), (), 0)


def test_uefi_is_told_by_the_firmware_s_tree(tmp_path: Path) -> None:
    (tmp_path / "firmware/efi").mkdir(parents=True)
    assert Machine(NoTools(), tmp_path, tmp_path).boot_mode() == "uefi"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "initrd=initrd.img console=tty0 rackwright.server=http://10.77.0.1:8080 BOOTIF=01-52-54-00-AA-bb-cc",
            ("http://10.77.0.1:8080", "52:54:00:aa:bb:cc", False),
        ),
        ("rackwright.server=http://s/ rackwright.shell=1 x=\"lone", ("http://s", "", True)),
        ("rackwright.server=http://s BOOTIF=nonsense", ("http://s", "", False)),
    ],
)  # fmt: skip
def test_the_kernel_s_command_line_says_where_the_server_is(line: str, expected: tuple[str, str, bool]) -> None:
    read = kernel_command_line.parse(line)
    assert (read.server, read.boot_mac, read.shell) == expected


@pytest.mark.parametrize("line", ["", "root=/dev/vda ro quiet", "rackwright.server="])
def test_outside_the_ram_os_the_agent_refuses_to_start(line: str) -> None:
    with pytest.raises(AgentError):
        kernel_command_line.parse(line)


@pytest.mark.parametrize(
    ("server_us", "off"), [(1_000_000_000, False), (1_001_900_000, False), (997_900_000, True), (0, False)]
)
def test_small_differences_of_the_clock_are_left_alone(server_us: int, off: bool) -> None:
    assert clock.is_off(1_000_000_000, server_us) is off
