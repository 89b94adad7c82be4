"""Decides how one boot of a machine is arranged: values in, a plan out. Never touches QEMU or a file.

A BIOS machine boots by QEMU's bootindex. A UEFI machine boots by its own NVRAM only, because OVMF
rewrites BootOrder and deletes other entries whenever QEMU gives it an order: an override becomes
BootNext, which is also how a server's firmware does it.
"""

from dataclasses import dataclass
from enum import Enum
from typing import assert_never

from .bootflags import BootDevice, Override
from .rackfile import BootOrder, Firmware


class BootTarget(Enum):
    NETWORK = "network"
    DISK = "disk"


@dataclass(frozen=True, slots=True)
class QemuOrder:
    """QEMU tells the firmware what comes first; the other kind follows."""

    first: BootTarget


@dataclass(frozen=True, slots=True)
class NvramOrder:
    """The firmware follows its own NVRAM."""


@dataclass(frozen=True, slots=True)
class NvramNext:
    """The firmware follows its own NVRAM after one try of `target`."""

    target: BootTarget


BootPlan = QemuOrder | NvramOrder | NvramNext


def plan_boot(firmware: Firmware, order: BootOrder, override: Override | None) -> BootPlan:
    """How the next boot is arranged; `order` is the setting of a BIOS machine."""
    wanted = _target(override)
    match firmware:
        case Firmware.BIOS:
            return QemuOrder(wanted or _first(order))
        case Firmware.UEFI:
            return NvramNext(wanted) if wanted else NvramOrder()
        case _:
            assert_never(firmware)


def _first(order: BootOrder) -> BootTarget:
    match order:
        case BootOrder.DISK_FIRST:
            return BootTarget.DISK
        case BootOrder.NETWORK_FIRST:
            return BootTarget.NETWORK
        case _:
            assert_never(order)


def _target(override: Override | None) -> BootTarget | None:
    # Optical drives, set-up screens and diagnostics do not exist here; asking for them changes nothing.
    if override is None:
        return None
    match override.device:
        case BootDevice.NETWORK:
            return BootTarget.NETWORK
        case BootDevice.DISK | BootDevice.DISK_SAFE_MODE:
            return BootTarget.DISK
        case _:
            return None
