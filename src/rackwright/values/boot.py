"""What a machine asks when it netboots, and what it can be told."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from rackwright.values.ids import Id, Mac
from rackwright.values.machine import Service


class Firmware(enum.StrEnum):
    BIOS = "bios"
    UEFI = "uefi"


@dataclass(frozen=True, slots=True)
class BootRequest:
    """iPXE's variables of one boot, parsed. `mac` is the port that really booted; `address` is the peer's."""

    mac: Mac
    address: str
    firmware: Firmware
    serial: str = ""
    uuid: str = ""
    vendor: str = ""
    model: str = ""
    asset_tag: str = ""
    architecture: str = "x86_64"


@dataclass(frozen=True, slots=True)
class Booting:
    """What of a machine's row its boot answer needs: MACs and addresses are left unread, at a third of the cost."""

    machine: Id
    protected: bool
    service: Service
    console_port: str
    console_speed: int


class Boots(enum.StrEnum):
    DISK = "disk"
    RAM_OS = "ram_os"


@dataclass(frozen=True, slots=True)
class BootAnswer:
    """`why` is a key for words and for the timeline. `esp` is the installed ESP's volume id, if known."""

    boots: Boots
    why: str
    esp: str = ""
