"""ipmitool's words, as 1.8.19 prints them with -v, to values."""

from __future__ import annotations

import pytest

from rackwright.oob import ipmi_text
from rackwright.oob.ipmi_text import BootFlags, Fault
from rackwright.ports import Power

SESSION = "Error: Unable to establish IPMI v2 / RMCP+ session\n"
NOISE = (
    "Loading IANA PEN Registry...\n"
    "Running Get VSO Capabilities my_addr 0x20, transit 0, target 0x20\n"
    "Invalid completion code received: Invalid command\n"
    "Discovered IPMB address 0x0\n"
)
FAULTS = [
    ("> RAKP 2 HMAC is invalid\n" + SESSION, Fault.LOGIN),
    ("RAKP 2 message indicates an error : unauthorized name\n" + SESSION, Fault.LOGIN),
    ("RAKP 2 message indicates an error : unauthorized role requested\n" + SESSION, Fault.PRIVILEGE),
    ("RAKP 2 message indicates an error : insufficient resources for session\n" + SESSION, Fault.BUSY),
    ("Error in open session response message : insufficient resources for session\n" + SESSION, Fault.BUSY),
    ("Error in open session response message : no matching cipher suite\n" + SESSION, Fault.CIPHER),
    ("Error in open session response message : invalid authentication algorithm\n" + SESSION, Fault.CIPHER),
    ("Authentication algorithm 0x01 is not what we requested 0x03\n\n" + SESSION, Fault.CIPHER),
    ("> Error: no response from RAKP 1 message\nSet Session Privilege Level to ADMINISTRATOR failed\n" + SESSION,
     Fault.UNREACHABLE),
    ("Get Auth Capabilities error\nError issuing Get Channel Authentication Capabilities request\n" + SESSION,
     Fault.UNREACHABLE),
    ("Timeout in open session response message.\n" + SESSION, Fault.UNREACHABLE),
    (SESSION, Fault.UNREACHABLE),
    ("Address lookup for bmc.invalid failed\nCould not open socket!\n" + SESSION, Fault.NAME_UNKNOWN),
    ("Get Device ID command failed: 0xc4 Out of space\nGet Chassis Power Status failed: Out of space\n", Fault.BUSY),
    ("Get Chassis Power Status failed: Node busy\n", Fault.BUSY),
    (NOISE + "Set Chassis Power Control to Up/On failed: Invalid command\n", Fault.UNSUPPORTED),
    (NOISE + "Set Chassis Power Control to Down/Off failed: Command not supported in present state\n", Fault.NOT_NOW),
    (NOISE + "Set Chassis Power Control to Up/On failed: Insufficient privilege level\n", Fault.PRIVILEGE),
    ("Set Chassis Boot Parameter 4 failed: Unsupported parameter\nSet Boot Device to pxe\n", Fault.UNCLEAR),
    ("Set Chassis Boot Parameter 5 failed: Unsupported parameter\n", Fault.UNSUPPORTED),
    ("lanplus: password is longer than 20 bytes.\n", Fault.CREDENTIALS_TOO_LONG),
    ("Username is too long (> 16 bytes)\n", Fault.CREDENTIALS_TOO_LONG),
    (NOISE + " Device not present (Requested sensor, data, or record not found)\n", Fault.ABSENT),
    (NOISE + " Device not present (Node busy)\n", Fault.BUSY),
    (NOISE + " Device not present (Invalid command)\n", Fault.UNSUPPORTED),
    (NOISE + " Device not present (No Response)\n", Fault.UNREACHABLE),
    (NOISE + " Unknown FRU header version 0xff\n", Fault.ABSENT),
    (NOISE, Fault.UNCLEAR),
    ("", Fault.UNCLEAR),
    ("Segmentation fault", Fault.UNCLEAR),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), FAULTS)
def test_a_failure_is_told_by_its_reason_not_by_its_last_line(text: str, expected: Fault) -> None:
    assert ipmi_text.fault(text)[0] is expected


def test_the_line_that_gives_the_reason_is_kept() -> None:
    assert ipmi_text.fault(NOISE + "> RAKP 2 HMAC is invalid\n" + SESSION)[1] == "RAKP 2 HMAC is invalid"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (NOISE + "Chassis Power is on\n", Power.ON),
        (NOISE + "Chassis Power is off\n", Power.OFF),
        ("Chassis Power is on\r\n", Power.ON),
        ("Chassis Power Control: Up/On\n", None),
        ("Chassis Power is only a word\n", None),
        ("", None),
    ],
)
def test_power_is_read_or_not_known(text: str, expected: Power | None) -> None:
    assert ipmi_text.power(text) is expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("a004000000", BootFlags(valid=True, once=True, efi=True, pxe=True)),
        ("8004000000", BootFlags(valid=True, once=True, efi=False, pxe=True)),
        ("c004000000", BootFlags(valid=True, once=False, efi=False, pxe=True)),
        ("E004000000", BootFlags(valid=True, once=False, efi=True, pxe=True)),
        ("8008000000", BootFlags(valid=True, once=True, efi=False, pxe=False)),
        ("0000000000", BootFlags(valid=False, once=True, efi=False, pxe=False)),
        ("a084000000", BootFlags(valid=True, once=True, efi=True, pxe=True)),  # bit 7 asks to clear the CMOS
    ],
)
def test_boot_flags_are_read_from_their_bytes(data: str, expected: BootFlags) -> None:
    text = (
        f"Boot parameter version: 1\nBoot parameter 5 is valid/unlocked\nBoot parameter data: {data}\n Boot Flags :\n"
    )
    assert ipmi_text.boot_flags(text) == expected


@pytest.mark.parametrize("text", ["", "Boot parameter data: \n", "Boot parameter data: a0\n", NOISE])
def test_boot_flags_that_are_not_there_are_none(text: str) -> None:
    assert ipmi_text.boot_flags(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("System GUID   : 4C4C4544-0032-4410-804d-b7c04f313259\nGUID", "4c4c4544-0032-4410-804d-b7c04f313259"),
        ("System GUID  : 00000000-0000-0000-0000-000000000000\n", ""),
        ("System GUID  : ffffffff-ffff-ffff-ffff-ffffffffffff\n", ""),
        ("Invalid command\n", ""),
    ],
)
def test_a_guid_that_was_never_set_is_none(text: str, expected: str) -> None:
    assert ipmi_text.guid(text) == expected


INVENTORY = NOISE + (
    " Chassis Type          : Rack Mount Chassis\n Chassis Serial        : {chassis}\n"
    " Board Serial          : BOARD01\n Product Name          : PowerEdge R710\n Product Serial        : {product}\n"
)


@pytest.mark.parametrize(
    ("chassis", "product", "expected"),
    [
        ("CHASSIS1", "712DM2X", "712DM2X"),
        ("CHASSIS1", "To be filled by O.E.M.", "CHASSIS1"),
        ("0000000", "0000000", ""),
        ("", "", ""),
        ("", " 712DM2X  ", "712DM2X"),
        ("", "a: b", "a: b"),
        ("", "7A" * 50, "7A" * 32),
        ("", "a\x1b[31mb", "a\ufffd[31mb"),
    ],
)
def test_the_products_serial_goes_before_the_chassiss_and_never_the_boards(
    chassis: str, product: str, expected: str
) -> None:
    assert ipmi_text.fru_serial(INVENTORY.format(chassis=chassis, product=product)) == expected


def test_an_inventory_without_areas_has_no_serial() -> None:
    assert ipmi_text.fru_serial(NOISE) == ""


@pytest.mark.parametrize("text", ["rubbish", "Password: 712DM2X", "Set Session Privilege Level: failed"])
def test_what_is_no_inventory_is_not_read_as_one(text: str) -> None:
    assert ipmi_text.fru_serial(NOISE + text) is None


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("10.77.0.201", ("10.77.0.201", "623")),
        ("10.77.0.201:6230", ("10.77.0.201", "6230")),
        ("bmc-web01.example:624", ("bmc-web01.example", "624")),
        ("[fd77::201]:6230", ("fd77::201", "6230")),
        ("[fd77::201]", ("fd77::201", "623")),
        ("fd77::201", ("fd77::201", "623")),
        ("::ffff:10.77.0.1", ("::ffff:10.77.0.1", "623")),
        ("bmc:port", ("bmc:port", "623")),
    ],
)
def test_an_address_may_carry_a_port(address: str, expected: tuple[str, str]) -> None:
    assert ipmi_text.host_and_port(address) == expected
