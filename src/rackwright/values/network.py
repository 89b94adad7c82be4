"""An installation network of a site, as the settings give it."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Unknown(enum.StrEnum):
    """What a machine gets that the register does not know."""

    DISK = "disk"
    DISCOVER = "discover"  # the RAM OS, which reports facts and stays idle


@dataclass(frozen=True, slots=True)
class Network:
    """`interface` and `address` are this server's; `range_first` and `range_last` are handed out by DHCP."""

    name: str
    interface: str
    address: str
    prefix: int
    range_first: str
    range_last: str
    gateway: str = ""
    dns: tuple[str, ...] = ()
    unknown: Unknown = Unknown.DISK
    dhcp: bool = True
