"""ipmitool's words to values. Pure: text in, value out."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

from rackwright.ports import Power
from rackwright.values.ids import genuine
from rackwright.values.reported import one_line


class Fault(enum.Enum):
    """Why a BMC did not do what was asked, as far as ipmitool lets it be seen."""

    UNREACHABLE = "unreachable"
    NAME_UNKNOWN = "name_unknown"
    BUSY = "busy"
    CIPHER = "cipher"
    LOGIN = "login"
    PRIVILEGE = "privilege"
    UNSUPPORTED = "unsupported"
    NOT_NOW = "not_now"
    ABSENT = "absent"
    CREDENTIALS_TOO_LONG = "credentials_too_long"
    UNCLEAR = "unclear"


# The first match counts, so the reason stands before the general "unable to establish" that follows it.
_FAULTS: tuple[tuple[str, Fault], ...] = (
    (r"password is longer than|username is too long", Fault.CREDENTIALS_TOO_LONG),
    (r"address lookup for .* failed|could not open socket", Fault.NAME_UNKNOWN),
    (r"insufficient resources|node busy|out of space", Fault.BUSY),
    (r"is not what we requested|no matching (cipher|authentication|integrity)|unsupported cipher suite", Fault.CIPHER),
    (r"invalid (authentication|integrity|confidentiality) algorithm", Fault.CIPHER),
    (r"rakp 2 hmac is invalid|unauthorized name|invalid integrity check value", Fault.LOGIN),
    (r"rakp [24] message indicates an error : (invalid|illegal|unauthorized (?!role))", Fault.LOGIN),
    (r"unauthorized role|insufficient privilege|invalid role", Fault.PRIVILEGE),
    (r"not supported in present state", Fault.NOT_NOW),
    (r"invalid command|unsupported parameter|parameter not supported|command not supported", Fault.UNSUPPORTED),
    (r"parameter out of range|invalid data field|command illegal|disabled or unavailable", Fault.UNSUPPORTED),
    # Also an inventory that was never written: all ones.
    (r"device not present \((?!timeout|no response)|unknown fru header version|invalid fru size", Fault.ABSENT),
    (r"no response|timeout|get auth capabilities error|unable to establish|unable to get chassis", Fault.UNREACHABLE),
)
# What -v says of commands that ipmitool sends for itself, whose failure means nothing.
_NOISE = re.compile(
    r"^(Loading IANA|Running Get|Invalid completion code received|Discovered IPMB|Get HPM\.x|Get Device ID command"
    r"|Get PICMG|Iana: |Close Session command failed|Set Chassis Boot Parameter [34] failed)"
)


_FRU_AREAS = ("Chassis ", "Board ", "Product ")


def fault(text: str) -> tuple[Fault, str]:
    """The fault that ipmitool's output speaks of, with the line that says it."""
    lines = [line.strip(" >\t") for line in text.splitlines() if line.strip() and not _NOISE.match(line)]
    for pattern, found in _FAULTS:
        for line in lines:
            if re.search(pattern, line, re.IGNORECASE):
                return found, line
    return Fault.UNCLEAR, lines[-1] if lines else ""


def power(text: str) -> Power | None:
    """From `chassis power status`; None when it says neither on nor off."""
    found = re.search(r"^Chassis Power is (on|off)\s*$", text, re.MULTILINE)
    return Power(found.group(1)) if found else None


@dataclass(frozen=True, slots=True)
class BootFlags:
    """Boot option parameter 5 (IPMI 2.0, table 28-14): `valid` for the next boot, `once` or for good."""

    valid: bool
    once: bool
    efi: bool
    pxe: bool


def boot_flags(text: str) -> BootFlags | None:
    """From `chassis bootparam get 5`: its bytes, as the words for them differ between versions."""
    found = re.search(r"^Boot parameter data: ([0-9a-f]{4,})\s*$", text, re.MULTILINE | re.IGNORECASE)
    if not found:
        return None
    flags, device = bytes.fromhex(found.group(1)[:4])
    return BootFlags(
        valid=bool(flags & 0x80), once=not flags & 0x40, efi=bool(flags & 0x20), pxe=(device >> 2) & 0xF == 1
    )


def guid(text: str) -> str:
    """From `mc guid`, in lower case; empty when there is none or it is all one digit (never set)."""
    found = re.search(
        r"^System GUID\s*: ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", text, re.MULTILINE | re.IGNORECASE
    )
    if not found:
        return ""
    value = found.group(1).lower()
    return "" if len(set(value.replace("-", ""))) == 1 else value


def fru_serial(text: str) -> str | None:
    """From `fru print 0`: the product's serial, else the chassis's, empty when neither says anything; None when the
    text is no inventory. An inventory without any area prints nothing at all."""
    lines = [line for line in text.splitlines() if line.strip() and not _NOISE.match(line)]
    fields = {name.strip(): value for name, colon, value in (line.partition(": ") for line in lines) if colon}
    if lines and not any(name.startswith(_FRU_AREAS) for name in fields):
        return None
    found = (genuine(fields.get(name, "")) for name in ("Product Serial", "Chassis Serial"))
    return one_line(next(filter(None, found), ""), 64)


def host_and_port(address: str) -> tuple[str, str]:
    """`host`, `host:port`, `[v6]:port` or a bare IPv6 address; the port is 623 when not given."""
    if bracketed := re.fullmatch(r"\[(.+)\](?::(\d+))?", address):
        return bracketed.group(1), bracketed.group(2) or "623"
    host, colon, port = address.rpartition(":")
    if colon and ":" not in host and port.isdigit():
        return host, port
    return address, "623"
