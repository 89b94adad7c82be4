"""Is a BMC the one of the machine that the register gives it to?"""

from __future__ import annotations

import enum


class Unproven(enum.StrEnum):
    """What to do where neither the system GUID nor the FRU can say whose BMC it is."""

    HOLD = "hold"
    IF_OFF = "if_off"  # a machine that is off is switched on; one that runs is not switched off on a guess
    TRUST = "trust"


class Proof(enum.StrEnum):
    """Why a BMC was taken for this machine's when it was told to switch it on."""

    GUID = "guid"
    FRU = "fru"
    OFF = "off"  # nothing says whose it is; what it controls was off
    TRUST = "trust"  # nothing says whose it is; the setting of its model trusts the register
