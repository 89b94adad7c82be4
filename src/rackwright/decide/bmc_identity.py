"""Whose BMC is it: this machine's by the register, another's, or can nobody say? And who was it that joined?"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from rackwright.values.bmc import Proof, Unproven
from rackwright.values.ids import genuine

_HEX_DIGITS = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the machine. `uuid` is the SMBIOS UUID that it reported when it last matched, `bmc_guid` the
    GUID of the BMC that had started it then; both empty before that. `guid_of` names another machine that reported
    as its own UUID what the BMC states as GUID, `serial_of` another one with the serial that the BMC states."""

    serial: str
    uuid: str = ""
    bmc_guid: str = ""
    guid_of: str = ""
    serial_of: str = ""


@dataclass(frozen=True, slots=True)
class Stated:
    """What the BMC says of the system that it is built into; empty where it says nothing."""

    guid: str
    fru_serial: str


@dataclass(frozen=True, slots=True)
class Proven:
    by: Proof


@dataclass(frozen=True, slots=True)
class AnotherMachines:
    """`stated` is what the BMC says, `expected` what this machine's would say; `whose` is empty when nobody knows."""

    by: Proof
    stated: str
    expected: str
    whose: str


@dataclass(frozen=True, slots=True)
class CannotSay:
    pass


class Joined(enum.Enum):
    """Is the machine that joined the one whose BMC was told to switch on?"""

    MATCHES = "matches"
    DIFFERS = "differs"
    CANNOT_SAY = "cannot say"


def whose_bmc(known: Known, stated: Stated) -> Proven | AnotherMachines | CannotSay:
    """The GUID goes before the serial. A UUID that two machines have reported proves nothing."""
    shared = bool(known.guid_of) and same_uuid(stated.guid, known.uuid)
    if same_uuid(stated.guid, known.uuid) and not shared:
        return Proven(Proof.GUID)
    serial, stated_serial = genuine(known.serial), genuine(stated.fru_serial)
    if serial and serial.casefold() == stated_serial.casefold():
        return Proven(Proof.FRU)
    if stated_serial and (serial or known.serial_of):
        return AnotherMachines(Proof.FRU, stated_serial, serial, known.serial_of)
    # Some makers' GUIDs have nothing to do with the UUID: that this one has started the machine before says so.
    comparable = uuid_forms(stated.guid) and uuid_forms(known.uuid) and not same_uuid(stated.guid, known.bmc_guid)
    if not shared and (known.guid_of or comparable):
        return AnotherMachines(Proof.GUID, stated.guid, known.uuid, known.guid_of)
    return CannotSay()


def trusted(setting: Unproven, is_off: bool, switched_on_before: bool) -> Proof | None:
    """What a start may rest on where nobody can say whose BMC it is; None when a person must look. What this very
    attempt found off and switched on may be switched off again."""
    match setting:
        case Unproven.TRUST:
            return Proof.TRUST
        case Unproven.IF_OFF:
            return Proof.OFF if is_off or switched_on_before else None
        case Unproven.HOLD:
            return None


def same_machine(install_bmc_guid: str, bmc_proof: str, facts_uuid: str) -> Joined:
    """Who joined against who was switched on. A GUID that differs says something only where nothing better had
    proven the BMC, and the model is not trusted without proof: many a GUID is not the SMBIOS UUID."""
    if not uuid_forms(install_bmc_guid) or not uuid_forms(facts_uuid):
        return Joined.CANNOT_SAY
    if same_uuid(install_bmc_guid, facts_uuid):
        return Joined.MATCHES
    return Joined.DIFFERS if bmc_proof in (Proof.GUID, Proof.OFF) else Joined.CANNOT_SAY


def same_uuid(one: str, other: str) -> bool:
    return bool(uuid_forms(one) & uuid_forms(other))


def uuid_forms(text: str) -> frozenset[str]:
    """Every way in which the same 16 bytes may be written: SMBIOS 2.6 swaps the bytes of the first three fields, older
    firmware does not, and IPMI sends all of them last byte first. None for a placeholder or what is no UUID."""
    digits = genuine(text).casefold().replace("-", "")
    if len(digits) != 32 or not _HEX_DIGITS.issuperset(digits) or len(set(digits)) == 1:
        return frozenset()
    data = bytes.fromhex(digits)
    return frozenset(_written(some) for some in (data, data[::-1], _swapped(data), _swapped(data[::-1])))


def _swapped(data: bytes) -> bytes:
    return data[3::-1] + data[5:3:-1] + data[7:5:-1] + data[8:]


def _written(data: bytes) -> str:
    text = data.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
