"""How a boot is arranged: by QEMU's order for a BIOS, by NVRAM for a UEFI."""

import pytest

from virtualrack.bootflags import BootDevice, Override
from virtualrack.bootplan import BootPlan, BootTarget, NvramNext, NvramOrder, QemuOrder, plan_boot
from virtualrack.rackfile import BootOrder, Firmware

DISK_FIRST, NETWORK_FIRST = BootOrder.DISK_FIRST, BootOrder.NETWORK_FIRST
BY_DISK, BY_NETWORK = QemuOrder(BootTarget.DISK), QemuOrder(BootTarget.NETWORK)


def once(device: BootDevice) -> Override:
    return Override(device, efi=False, persistent=False)


@pytest.mark.parametrize(
    ("order", "override", "plan"),
    [
        (DISK_FIRST, None, BY_DISK),
        (NETWORK_FIRST, None, BY_NETWORK),
        (DISK_FIRST, once(BootDevice.NETWORK), BY_NETWORK),
        (NETWORK_FIRST, once(BootDevice.DISK), BY_DISK),
        (NETWORK_FIRST, once(BootDevice.SETUP), BY_NETWORK),
        (DISK_FIRST, once(BootDevice.OPTICAL), BY_DISK),
    ],
)
def test_a_bios_is_given_its_order_by_qemu(order: BootOrder, override: Override | None, plan: BootPlan) -> None:
    assert plan_boot(Firmware.BIOS, order, override) == plan


@pytest.mark.parametrize("order", list(BootOrder))
@pytest.mark.parametrize(
    ("override", "plan"),
    [
        (None, NvramOrder()),
        (once(BootDevice.NETWORK), NvramNext(BootTarget.NETWORK)),
        (once(BootDevice.DISK), NvramNext(BootTarget.DISK)),
        (once(BootDevice.SETUP), NvramOrder()),
    ],
)
def test_a_uefi_follows_its_nvram(order: BootOrder, override: Override | None, plan: BootPlan) -> None:
    assert plan_boot(Firmware.UEFI, order, override) == plan
