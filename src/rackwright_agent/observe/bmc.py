"""The BMC as the machine itself sees it, through ipmitool. A machine without one is no failure."""

from __future__ import annotations

import re
from collections.abc import Callable

from rackwright_wire.facts import BmcFacts

CHANNELS = (1, 8, 2, 3, 4, 5, 6, 7)  # most vendors use 1, HPE and some Supermicro boards 2 or 8


def read(ask: Callable[[list[str]], str]) -> BmcFacts:
    """Takes the first channel that is a LAN; `ask` runs ipmitool and answers with nothing when it fails."""
    info = ask(["mc", "info"])
    if not info:
        return BmcFacts()
    firmware = _value(info, "Firmware Revision")
    for channel in CHANNELS:
        lan = ask(["lan", "print", str(channel)])
        mac = _value(lan, "MAC Address").lower()
        if mac:
            address = _value(lan, "IP Address")
            return BmcFacts(address if address.strip("0.") else "", mac, firmware)
    return BmcFacts(firmware=firmware)


def _value(text: str, name: str) -> str:
    match = re.search(rf"^{re.escape(name)}\s*:[ \t]*(.*?)[ \t]*$", text, re.MULTILINE)
    return match[1] if match else ""
