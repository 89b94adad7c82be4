"""Messages survive the way over the wire, and what is no message is refused with the field's name."""

from __future__ import annotations

import dataclasses

import pytest

from rackwright_wire.codec import NotAMessage, decode, encode
from rackwright_wire.facts import Contents, Disk, Facts, FoundSystem, MemoryModule, Nic, Part
from rackwright_wire.messages import (
    Act,
    Claimed,
    DiskName,
    Event,
    ImageSource,
    Join,
    Order,
    Poll,
    Progress,
    Report,
    SystemFile,
    WritePlan,
)

DISK = Disk("/dev/vda", "pci-0000:00:05.0", "S1", "0x5000c500a1b2c3d4", 1 << 40, 512, 4096, "virtio")
HOLDS = Contents((Part(1, "filesystem", "ext4", "根", 5),), (FoundSystem(1, "Debian", "web01"),), 66, 40, "ab")
PLAN = WritePlan(
    ImageSource("/v1/images/ab", "ab", "zstd", 10, 512, 512),
    DiskName(serial="S1"),
    "web01",
    "console=ttyS0",
    0,
    115200,
    "",
    (SystemFile("/etc/motd", text="hello\n"), SystemFile("/etc/localtime", link_to="/usr/share/zoneinfo/UTC")),
    "Rackwright web01",
)


@pytest.mark.parametrize(
    "message",
    [
        Join(1, "boot", Facts(serial="机架", disks=(DISK,), nics=(Nic("eth0", "m", None),), memory_modules=(MemoryModule("A1", 1),))),
        Join(1, "boot", Facts(disks=(dataclasses.replace(DISK, contents=HOLDS), DISK))),
        Order(Act.CLAIM, "text", 2.5, "install", 1, DiskName(wwn="0x5")),
        Order(Act.IDLE),
        Poll("s", "b", "write_image", Progress("write_image", 1, 2, 3)),
        Poll("s", "b"),
        Report("s", "b", (Event(1, "step_finished", {"step": "grow", "seconds": 1.5, "resized": True, "count": 3}),)),
        Claimed(True, plan=PLAN),
        Claimed(False, "fenced"),
    ],
    ids=lambda m: type(m).__name__,
)  # fmt: skip
def test_a_message_comes_back_as_it_was(message: object) -> None:
    assert decode(type(message), encode(message)) == message


def test_fields_of_a_newer_side_are_ignored_and_missing_ones_take_their_default() -> None:
    assert decode(Order, b'{"act":"wait","colour":"red"}') == Order(Act.WAIT)


def test_a_whole_number_is_a_float_where_one_is_expected() -> None:
    assert decode(Order, b'{"act":"idle","next_poll_s":3}').next_poll_s == 3.0


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"act":"idle","next_poll_s":NaN}', "NaN"),
        (b"[]", "Order: an object is expected"),
        (b"{}", "Order.act is missing"),
        (b'{"act":"explode"}', "Order.act"),
        (b'{"act":[]}', "Order.act"),
        (b'{"act":"idle","text":5}', "Order.text: 5 is not str"),
        (b'{"act":"idle","attempt":true}', "Order.attempt: True is not int"),
        (b'{"act":"idle","attempt":1.0}', "Order.attempt"),
        (b'{"act":"idle","next_poll_s":true}', "Order.next_poll_s"),
        (b'{"act":"claim","disk":{"serial":7}}', "Order.disk.serial: 7 is not str"),
        (b'{"act":"claim","disk":[]}', "Order.disk: an object is expected"),
        (b'{"act":"idle","text":"\\ud800"}', "Order.text: the text has characters"),
        (b'{"act":"idle","text":"a\\u0000b"}', "Order.text: the text has characters"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(data: bytes, complaint: str) -> None:
    with pytest.raises(NotAMessage) as refused:
        decode(Order, data)
    assert complaint in str(refused.value)


@pytest.mark.parametrize("value", ["null", "[]", "{}", '"\\ud800"'])
def test_event_values_are_flat(value: str) -> None:
    data = f'{{"session":"s","boot_id":"b","events":[{{"seq":1,"kind":"k","values":{{"x":{value}}}}}]}}'
    with pytest.raises(NotAMessage, match=r"Report.events\[0\].values.x"):
        decode(Report, data.encode())


def test_a_bool_stays_a_bool_and_an_int_an_int_in_event_values() -> None:
    data = b'{"seq":1,"kind":"k","values":{"a":true,"b":1,"c":1.5,"d":"x"}}'
    values = decode(Event, data).values
    assert [type(v) for v in values.values()] == [bool, int, float, str]


@pytest.mark.parametrize(
    ("contents", "complaint"),
    [
        ("[]", "contents: an object is expected"),
        ('{"parts":{}}', "contents.parts: a list is expected"),
        ('{"parts":[{"number":"1","kind":"lvm"}]}', "contents.parts[0].number"),
        ('{"systems":[{}]}', "contents.systems[0].number is missing"),
    ],
)
def test_what_a_disk_holds_is_optional_and_refused_by_its_field(contents: str, complaint: str) -> None:
    said = encode(DISK).decode()
    assert decode(Disk, said.encode()).contents is None
    with pytest.raises(NotAMessage) as refused:
        decode(Disk, said.replace('"contents":null', f'"contents":{contents}').encode())
    assert complaint in str(refused.value)


def test_a_decoded_message_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        decode(Order, b'{"act":"idle"}').text = "x"  # type: ignore[misc]
