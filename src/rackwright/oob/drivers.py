"""BMC types and their drivers: a new one is a file and a line here."""

from __future__ import annotations

from collections.abc import Mapping

from rackwright.oob.ipmitool import Ipmitool
from rackwright.ports import Bmc
from rackwright.values.machine import BmcType


def real_drivers() -> Mapping[BmcType, Bmc]:
    """`manual` has none: a person presses the button. iLO speaks IPMI 2.0 when IPMI over LAN is enabled there."""
    ipmi = Ipmitool()
    return {BmcType.IPMI: ipmi, BmcType.ILO: ipmi}
