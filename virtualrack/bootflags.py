"""IPMI boot flags (system boot option 5) as pure values: set, read back, consumed once, expired after 60 s.

Never reads a clock: every function is given the time.
"""

from dataclasses import dataclass
from enum import Enum

EXPIRY_S = 60.0

_VALID, _PERSISTENT, _EFI = 0x80, 0x40, 0x20


class BootDevice(Enum):
    """The boot device selector of IPMI 2.0 table 28-14; the rest of its values are refused."""

    NO_OVERRIDE = 0
    NETWORK = 1
    DISK = 2
    DISK_SAFE_MODE = 3
    DIAGNOSTICS = 4
    OPTICAL = 5
    SETUP = 6
    FLOPPY = 15


@dataclass(frozen=True, slots=True)
class BootFlags:
    """What was last set. Invalid flags read back as no override."""

    device: BootDevice = BootDevice.NO_OVERRIDE
    valid: bool = False
    persistent: bool = False
    efi: bool = False
    extra: bytes = b"\0\0\0"
    set_at_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Override:
    """What the flags ask of one boot."""

    device: BootDevice
    efi: bool
    persistent: bool


NO_FLAGS = BootFlags()


def set_flags(data: bytes, now_s: float) -> BootFlags:
    """Flags from the five data bytes of `set system boot options` 5; ValueError for an unknown device."""
    padded = data[:5].ljust(5, b"\0")
    if not padded[0] & _VALID:
        return NO_FLAGS
    return BootFlags(
        device=BootDevice((padded[1] >> 2) & 0x0F),
        valid=True,
        persistent=bool(padded[0] & _PERSISTENT),
        efi=bool(padded[0] & _EFI),
        extra=padded[2:],
        set_at_s=now_s,
    )


def current(flags: BootFlags, now_s: float) -> BootFlags:
    """The flags as they stand at `now_s`: a one-shot that no boot consumed within 60 s is gone.

    Persistent flags stay: they are a setting, not a request for the next boot.
    """
    if flags.valid and not flags.persistent and now_s - flags.set_at_s >= EXPIRY_S:
        return NO_FLAGS
    return flags


def encode(flags: BootFlags, now_s: float) -> bytes:
    """The five data bytes that `get system boot options` 5 answers."""
    flags = current(flags, now_s)
    first = (_VALID if flags.valid else 0) | (_PERSISTENT if flags.persistent else 0) | (_EFI if flags.efi else 0)
    return bytes([first, flags.device.value << 2]) + flags.extra


def consume(flags: BootFlags, now_s: float) -> tuple[Override | None, BootFlags]:
    """What this boot must do, and the flags left for the next one."""
    flags = current(flags, now_s)
    if not flags.valid or flags.device is BootDevice.NO_OVERRIDE:
        return None, flags if flags.persistent else NO_FLAGS
    override = Override(flags.device, flags.efi, flags.persistent)
    return override, flags if flags.persistent else NO_FLAGS
