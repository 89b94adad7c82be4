"""Whose BMC it is, by GUID and by serial, and who it was that joined."""

from __future__ import annotations

import uuid

import pytest

from rackwright.decide.bmc_identity import (
    AnotherMachines,
    CannotSay,
    Joined,
    Known,
    Proven,
    Stated,
    same_machine,
    same_uuid,
    trusted,
    whose_bmc,
)  # fmt: skip
from rackwright.values.bmc import Proof, Unproven

UUID = uuid.UUID("4c4c4544-0032-4410-804d-b7c04f313259")
SWAPPED = uuid.UUID(bytes=UUID.bytes_le)
REVERSED = uuid.UUID(bytes=UUID.bytes[::-1])
REVERSED_SWAPPED = uuid.UUID(bytes=SWAPPED.bytes[::-1])
ORDERS = [UUID, SWAPPED, REVERSED, REVERSED_SWAPPED]
OTHER = "11111111-2222-3333-4444-555555555556"
NONE = ["", "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "not specified",
        "03000200-0400-0500-0006-000700080009", "rubbish", "77777777-7777-7777-7777-777777777777"]  # fmt: skip


@pytest.mark.parametrize("guid", [str(order) for order in ORDERS] + [str(UUID).upper(), UUID.hex])
def test_a_guid_is_the_uuid_in_whatever_order_its_bytes_are_written(guid: str) -> None:
    assert same_uuid(guid, str(UUID))
    assert same_uuid(str(UUID), guid)
    assert whose_bmc(Known("712DM2X", str(UUID)), Stated(guid, "")) == Proven(Proof.GUID)


@pytest.mark.parametrize("none", NONE)
def test_a_placeholder_is_nobodys_uuid(none: str) -> None:
    assert not same_uuid(none, none)
    assert whose_bmc(Known("712DM2X", none), Stated(none, "")) == CannotSay()


SAME, GUID = str(UUID), str(SWAPPED)
WHOSE = [
    # What is known, what is stated, the verdict.
    ("never installed, equal serial", Known("712DM2X"), Stated(GUID, "712dm2x"), Proven(Proof.FRU)),
    ("GUID before a serial that differs", Known("712DM2X", SAME), Stated(GUID, "BLADE01"), Proven(Proof.GUID)),
    ("another GUID, equal serial", Known("712DM2X", SAME), Stated(OTHER, "712DM2X"), Proven(Proof.FRU)),
    ("equal serial, another's GUID", Known("712DM2X", guid_of="db01"), Stated(OTHER, "712DM2X"), Proven(Proof.FRU)),
    ("another serial", Known("712DM2X"), Stated("", "712DM2Y"), AnotherMachines(Proof.FRU, "712DM2Y", "712DM2X", "")),
    ("another serial of the register", Known("712DM2X", serial_of="db01"), Stated(OTHER, "712DM2Y"),
     AnotherMachines(Proof.FRU, "712DM2Y", "712DM2X", "db01")),
    ("no serial, but another's", Known("", serial_of="db01"), Stated("", "712DM2Y"),
     AnotherMachines(Proof.FRU, "712DM2Y", "", "db01")),
    ("another GUID", Known("712DM2X", SAME), Stated(OTHER, ""), AnotherMachines(Proof.GUID, OTHER, SAME, "")),
    ("a known machine's GUID", Known("712DM2X", guid_of="db01"), Stated(OTHER, ""),
     AnotherMachines(Proof.GUID, OTHER, "", "db01")),
    ("a GUID that two have", Known("712DM2X", SAME, guid_of="db01"), Stated(GUID, ""), CannotSay()),
    ("a GUID that two have, equal serial", Known("712DM2X", SAME, guid_of="db01"), Stated(GUID, "712DM2X"),
     Proven(Proof.FRU)),
    ("a GUID that never was the UUID", Known("712DM2X", SAME, bmc_guid=OTHER), Stated(OTHER, ""), CannotSay()),
    ("a placeholder of a serial", Known("712DM2X"), Stated("", "To be filled by O.E.M."), CannotSay()),
    ("a register without serial", Known(""), Stated("", "712DM2X"), CannotSay()),
    ("nothing stated", Known("712DM2X", SAME), Stated("", ""), CannotSay()),
    ("nothing known", Known("712DM2X"), Stated(GUID, ""), CannotSay()),
]  # fmt: skip


@pytest.mark.parametrize(("known", "stated", "verdict"), [row[1:] for row in WHOSE], ids=[row[0] for row in WHOSE])
def test_whose_bmc_it_is(known: Known, stated: Stated, verdict: Proven | AnotherMachines | CannotSay) -> None:
    assert whose_bmc(known, stated) == verdict


@pytest.mark.parametrize(
    ("setting", "is_off", "before", "proof"),
    [
        (Unproven.HOLD, True, True, None),
        (Unproven.HOLD, False, False, None),
        (Unproven.IF_OFF, True, False, Proof.OFF),
        (Unproven.IF_OFF, False, False, None),
        (Unproven.IF_OFF, False, True, Proof.OFF),
        (Unproven.TRUST, False, False, Proof.TRUST),
        (Unproven.TRUST, True, False, Proof.TRUST),
    ],
)
def test_what_a_start_may_rest_on_where_nobody_can_say(
    setting: Unproven, is_off: bool, before: bool, proof: Proof | None
) -> None:
    assert trusted(setting, is_off, before) is proof


JOINED = [
    (GUID, "guid", SAME, Joined.MATCHES),
    (GUID, "", SAME, Joined.MATCHES),
    (OTHER, "guid", SAME, Joined.DIFFERS),
    (OTHER, "off", SAME, Joined.DIFFERS),
    (OTHER, "fru", SAME, Joined.CANNOT_SAY),
    (OTHER, "trust", SAME, Joined.CANNOT_SAY),
    (OTHER, "", SAME, Joined.CANNOT_SAY),
    ("", "guid", SAME, Joined.CANNOT_SAY),
    (GUID, "guid", "", Joined.CANNOT_SAY),
    (GUID, "guid", NONE[1], Joined.CANNOT_SAY),
]


@pytest.mark.parametrize(("guid", "proof", "uuid_", "verdict"), JOINED)
def test_who_joined_is_held_against_who_was_switched_on(guid: str, proof: str, uuid_: str, verdict: Joined) -> None:
    assert same_machine(guid, proof, uuid_) is verdict
