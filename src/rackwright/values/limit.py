"""How many of something may be out at a time, and over what: closed sets, and the row that somebody set."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Resource(enum.StrEnum):
    """What is limited."""

    STARTS = "starts"  # start permits: machines between power-on and ready to write
    POWER = "power"  # machines that are being powered on: the stagger that a rack's supply needs
    WRITES = "writes"  # write slots
    BMC_ACTIONS = "bmc_actions"  # effects carried out at the same time


class Over(enum.StrEnum):
    """What a limit is counted over."""

    SITE = "site"
    NETWORK = "network"
    RACK = "rack"


EVERY = "*"


@dataclass(frozen=True, slots=True)
class Scope:
    """`name` is the network's or the rack's, `*` for each rack by itself; empty for the site."""

    over: Over
    name: str = ""

    def __str__(self) -> str:
        return f"{self.over.value}:{self.name}" if self.over is not Over.SITE else self.over.value


SITE = Scope(Over.SITE)
EVERY_RACK = Scope(Over.RACK, EVERY)


@dataclass(frozen=True, slots=True)
class SetLimit:
    """A limit that somebody set over its default. `set_at` is UTC microseconds."""

    scope: Scope
    resource: Resource
    value: int
    set_by: str
    set_at: int


@dataclass(frozen=True, slots=True)
class Reached:
    """A limit that leaves no room now."""

    scope: Scope
    resource: Resource
    value: int
