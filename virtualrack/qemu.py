"""The QEMU command line of one boot of one machine: values in, arguments out. Never runs it."""

from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from .bootplan import BootPlan, BootTarget, NvramNext, NvramOrder, QemuOrder
from .nvram import NETWORK_PCI_SLOT
from .rackfile import Accelerator, Disk, DiskBus, Firmware, Machine, tap_name

OVMF_CODE = Path("/usr/share/OVMF/OVMF_CODE_4M.fd")
OVMF_VARS = Path("/usr/share/OVMF/OVMF_VARS_4M.fd")


@dataclass(frozen=True, slots=True)
class MachineFiles:
    """The files of one machine in the run directory."""

    directory: Path

    def disk(self, disk: Disk) -> Path:
        return self.directory / f"disk-{disk.serial}.raw"

    @property
    def nvram(self) -> Path:
        return self.directory / "nvram.fd"

    @property
    def console_log(self) -> Path:
        """Every byte the machine ever wrote to its serial port."""
        return self.directory / "console.log"

    @property
    def events_log(self) -> Path:
        """JSON lines: what the BMC did to the machine, and why."""
        return self.directory / "events.jsonl"

    @property
    def bmc_log(self) -> Path:
        return self.directory / "bmc.log"

    @property
    def qemu_pid(self) -> Path:
        """The running QEMU's process id inside the rack; absent while the machine is off."""
        return self.directory / "qemu.pid"

    @property
    def bmc_ready(self) -> Path:
        return self.directory / "bmc.ready"


def command(machine: Machine, files: MachineFiles, plan: BootPlan, *, qmp_fd: int, serial_fd: int) -> list[str]:
    """Arguments for one boot; `qmp_fd` and `serial_fd` are connected sockets the child inherits."""
    nic_index, disk_index = _boot_indexes(plan, len(machine.disks))
    return [
        "qemu-system-x86_64",
        "-name", machine.name,
        *_accelerator(machine.accelerator),
        "-machine", "q35,graphics=off",
        "-cpu", "max",
        "-smp", "1",
        "-m", str(machine.memory_mb),
        "-display", "none",
        "-nodefaults",
        # A reset is a new process with the boot order valid by then; a stopped guest waits, so that
        # the reason can be read before the process goes.
        "-action", "reboot=shutdown,shutdown=pause",
        *_identity(machine),
        *_firmware(machine, files),
        "-device", "virtio-rng-pci",
        "-chardev", f"socket,id=qmp,fd={qmp_fd}",
        "-mon", "chardev=qmp,mode=control",
        "-chardev", f"socket,id=serial0,fd={serial_fd}",
        "-serial", "chardev:serial0",
        *_network(machine, nic_index),
        *_disks(machine, files, disk_index),
    ]  # fmt: skip


def _accelerator(accelerator: Accelerator) -> list[str]:
    match accelerator:
        case Accelerator.TCG:
            return ["-accel", "tcg,thread=multi,tb-size=256"]
        case Accelerator.KVM:
            return ["-accel", "kvm"]
        case _:
            assert_never(accelerator)


def _identity(machine: Machine) -> list[str]:
    system = {
        "manufacturer": machine.manufacturer,
        "product": machine.product,
        "serial": machine.serial,
        "uuid": str(machine.uuid),
    }
    chassis = {"manufacturer": machine.manufacturer, "serial": machine.serial, "asset": machine.asset}
    return ["-uuid", str(machine.uuid), "-smbios", _smbios(1, system), "-smbios", _smbios(3, chassis)]


def _smbios(table: int, fields: dict[str, str]) -> str:
    given = [f"{key}={_escape(value)}" for key, value in fields.items() if value]
    return ",".join([f"type={table}", *given])


def _escape(value: str) -> str:
    return value.replace(",", ",,")


def _firmware(machine: Machine, files: MachineFiles) -> list[str]:
    match machine.firmware:
        case Firmware.BIOS:
            return []
        case Firmware.UEFI:
            return [
                "-drive", f"if=pflash,unit=0,format=raw,readonly=on,file={OVMF_CODE}",
                "-drive", f"if=pflash,unit=1,format=raw,file={_escape(str(files.nvram))}",
                "-fw_cfg", "name=opt/org.tianocore/IPv6PXESupport,string=n",
            ]  # fmt: skip
        case _:
            assert_never(machine.firmware)


def _boot_indexes(plan: BootPlan, disks: int) -> tuple[int | None, int | None]:
    """QEMU's bootindex of the NIC and of the first disk."""
    match plan:
        case QemuOrder(first):
            return (1, 2) if first is BootTarget.NETWORK else (1 + disks, 1)
        case NvramOrder() | NvramNext():
            return None, None
        case _:
            assert_never(plan)


def _network(machine: Machine, index: int | None) -> list[str]:
    # The slot is part of the boot entry's device path in NVRAM.
    device = f"virtio-net-pci,id=nic0,addr={NETWORK_PCI_SLOT:#x},netdev=net0,mac={machine.mac}"
    return [
        "-netdev", f"tap,id=net0,ifname={tap_name(machine)},script=no,downscript=no",
        "-device", device + _bootindex(index),
    ]  # fmt: skip


def _disks(machine: Machine, files: MachineFiles, first_index: int | None) -> list[str]:
    arguments: list[str] = []
    for position, disk in enumerate(machine.disks):
        index = None if first_index is None else first_index + position
        path = _escape(str(files.disk(disk)))
        drive = f"if=none,id=drive{position},file={path},format=raw,cache=unsafe,discard=unmap"
        device = f"{_disk_device(disk.bus, position)},drive=drive{position},serial={disk.serial}"
        arguments += ["-drive", drive, "-device", device + _bootindex(index)]
    return arguments


def _disk_device(bus: DiskBus, position: int) -> str:
    match bus:
        case DiskBus.VIRTIO:
            return "virtio-blk-pci"
        case DiskBus.SATA:
            # q35 has an AHCI controller with six ports of its own: ide.0 to ide.5.
            return f"ide-hd,bus=ide.{position}"
        case DiskBus.NVME:
            return "nvme"
        case _:
            assert_never(bus)


def _bootindex(index: int | None) -> str:
    return "" if index is None else f",bootindex={index}"
