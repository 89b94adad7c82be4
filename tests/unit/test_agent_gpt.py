"""Partition tables as values: grown to larger disks, renamed, and readable again from either end."""

from __future__ import annotations

import struct
from binascii import crc32
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rackwright_agent.failures import MachineFailed
from rackwright_agent.plan import filesystem, gpt, guid, system_texts
from rackwright_agent.plan.gpt import Partition, Table

MIB = 1 << 20
ROOT = "4f68bce3-e8cd-4db1-96e7-fbcaf984b709"


def new_guids() -> object:
    numbers = count(1)
    return lambda: guid.from_random(next(numbers).to_bytes(16, "big"))


def table(sector: int = 512, disk_mib: int = 64) -> Table:
    per_mib = MIB // sector
    boot = bytearray(sector)
    boot[:3], boot[510:512] = b"\xeb\x63\x90", b"\x55\xaa"
    parts = (
        Partition(
            1, guid.BIOS_BOOT, guid.from_random(b"a" * 16), per_mib, 2 * per_mib - 1, 0, b"bios".ljust(72, b"\0")
        ),
        Partition(2, guid.ESP, guid.from_random(b"b" * 16), 2 * per_mib, 10 * per_mib - 1, 0, bytes(72)),
        Partition(3, ROOT, guid.from_random(b"c" * 16), 10 * per_mib, (disk_mib - 1) * per_mib - 1, 4, bytes(72)),
    )
    return Table(sector, disk_mib * per_mib, guid.from_random(b"d" * 16), 128, parts, bytes(boot))


def written(value: Table) -> bytes:
    disk = bytearray(value.disk_sectors * value.sector_bytes)
    for offset, data in gpt.rendered(value):
        disk[offset : offset + len(data)] = data
    return bytes(disk)


@pytest.mark.parametrize("sector", [512, 4096])
def test_what_is_written_reads_back_the_same(sector: int) -> None:
    before = table(sector)
    after = gpt.parse(written(before)[:MIB], sector)
    assert (after.partitions, after.guid, after.disk_sectors) == (before.partitions, before.guid, before.disk_sectors)
    assert after.boot_sector[:3] == b"\xeb\x63\x90"


@pytest.mark.parametrize("sector", [512, 4096])
def test_the_backup_at_the_end_matches_the_primary(sector: int) -> None:
    value = table(sector)
    disk = written(value)
    last = disk[-sector:]
    fields = struct.unpack("<8sIIIIQQQQ16sQIII", last[:92])
    assert fields[0] == b"EFI PART"
    assert (fields[5], fields[6]) == (value.disk_sectors - 1, 1)
    entries = disk[fields[10] * sector : fields[10] * sector + 128 * 128]
    assert crc32(entries) == fields[13]
    assert entries == disk[2 * sector : 2 * sector + 128 * 128]


@pytest.mark.parametrize("sector", [512, 4096])
def test_on_a_larger_disk_only_the_last_partition_grows(sector: int) -> None:
    before = table(sector)
    disk_sectors = (1 << 40) // sector + 7
    after = gpt.grown(before, disk_sectors)
    assert after.partitions[:2] == before.partitions[:2]
    root = after.partitions[2]
    assert root.first_sector == before.partitions[2].first_sector
    assert (root.last_sector + 1) * sector % MIB == 0
    assert 0 < disk_sectors - root.last_sector - 1 <= 2 * MIB // sector
    assert gpt.parse(gpt.rendered(after)[2][1], sector).disk_sectors == disk_sectors


def test_on_a_disk_of_the_image_s_size_nothing_shrinks() -> None:
    before = table()
    assert gpt.grown(before, before.disk_sectors).partitions == before.partitions


@given(st.integers(min_value=64 * 2048, max_value=1 << 36))
def test_a_grown_partition_never_reaches_the_backup_table(disk_sectors: int) -> None:
    after = gpt.grown(table(), disk_sectors)
    backup_entries = gpt.rendered(after)[0][0]
    assert (after.last().last_sector + 1) * 512 <= backup_entries


def test_new_names_are_all_different_and_nothing_else_changes() -> None:
    before = table()
    after = gpt.with_new_guids(before, new_guids())  # type: ignore[arg-type]
    names = {after.guid, *(p.guid for p in after.partitions)}
    assert len(names) == 4
    assert names.isdisjoint({before.guid, *(p.guid for p in before.partitions)})
    assert [(p.kind, p.first_sector, p.last_sector) for p in after.partitions] == [
        (p.kind, p.first_sector, p.last_sector) for p in before.partitions
    ]


def test_the_protective_mbr_covers_the_disk_and_keeps_code_and_flag() -> None:
    value = table()
    boot = bytearray(value.boot_sector)
    boot[446:462] = struct.pack("<B3sB3sII", 0x80, b"\0\2\0", 0xEE, b"\xff\xff\xff", 1, 99)
    mbr = gpt.rendered(gpt.grown(Table(512, 1, value.guid, 128, value.partitions, bytes(boot)), 1 << 33))[2][1][:512]
    assert (mbr[446], mbr[450]) == (0x80, 0xEE)
    assert mbr[458:462] == b"\xff\xff\xff\xff"
    assert mbr[:3] == b"\xeb\x63\x90"


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (lambda d: bytes(MIB), "no GPT"),
        (lambda d: b"", "no GPT"),
        (lambda d: d[:520] + b"\1" + d[521:], "layout|damaged"),
        (lambda d: d[:1024] + b"\xff" + d[1025:], "damaged"),
        (lambda d: d[:560] + b"\7" + d[561:], "damaged"),
    ],
)
def test_a_missing_or_damaged_table_is_refused(damage: object, complaint: str) -> None:
    head = written(table())[:MIB]
    with pytest.raises(MachineFailed, match=complaint):
        gpt.parse(damage(head), 512)  # type: ignore[operator]


def test_a_table_for_other_sectors_is_not_read() -> None:
    with pytest.raises(MachineFailed, match="sectors of 4096"):
        gpt.parse(written(table(512))[:MIB], 4096)


@given(st.binary(min_size=16, max_size=16))
def test_guids_survive_packing(raw: bytes) -> None:
    made = guid.from_random(raw)
    assert guid.unpack(guid.pack(made)) == made
    assert made[14] == "4"
    assert made[19] in "89ab"


def test_file_systems_are_told_by_their_first_bytes() -> None:
    ext, xfs, fat = bytearray(8192), bytearray(8192), bytearray(8192)
    ext[1080:1082], ext[1128:1144] = b"\x53\xef", bytes(range(16))
    xfs[:4], xfs[32:48] = b"XFSB", bytes(range(16))
    fat[510:512], fat[82:90], fat[50:52] = b"\x55\xaa", b"FAT32   ", b"\x06\x00"
    assert [filesystem.kind(h).value for h in (ext, xfs, fat, bytes(8192))] == ["ext4", "xfs", "vfat", "unknown"]
    assert filesystem.uuid(ext) == filesystem.uuid(xfs) == "00010203-0405-0607-0809-0a0b0c0d0e0f"
    assert filesystem.volume_id_places(fat, 512).offsets == (67, 6 * 512 + 67)
    fat[82:90], fat[54:62] = bytes(8), b"FAT16   "
    assert filesystem.volume_id_places(fat, 512).offsets == (39,)
    assert filesystem.volume_id_text(b"\x4d\x3c\x2b\x1a") == "1A2B-3C4D"


def test_only_root_s_password_changes_in_shadow() -> None:
    shadow = "root:!:19700:0:99999:7:::\nsshd:!*:19700::::::\n"
    assert system_texts.shadow_with_root(shadow, "$6$x") == "root:$6$x:19700:0:99999:7:::\nsshd:!*:19700::::::\n"
    assert system_texts.shadow_with_root(shadow, "").startswith("root:*:")
    with pytest.raises(MachineFailed):
        system_texts.shadow_with_root("", "$6$x")


def test_the_machine_s_own_name_has_one_line_in_hosts() -> None:
    once = system_texts.hosts_with("127.0.0.1 localhost\n127.0.1.1 image\n::1 localhost\n", "web01.example.org")
    assert once == "127.0.0.1 localhost\n::1 localhost\n127.0.1.1\tweb01.example.org web01\n"
    assert system_texts.hosts_with(once, "web01.example.org") == once
    assert system_texts.hosts_with("", "web01").splitlines() == ["127.0.0.1\tlocalhost", "127.0.1.1\tweb01"]


@pytest.mark.parametrize("arguments", ['quiet" ; halt', "$root", "a`b`", "a\nhalt", "a\\"])
def test_kernel_arguments_that_grub_would_interpret_are_refused(arguments: str) -> None:
    with pytest.raises(MachineFailed):
        system_texts.grub_values("u", arguments, 0, 9600)


def test_a_machine_without_a_serial_console_has_none_in_grub() -> None:
    assert 'set serial_unit=""' in system_texts.grub_values("u", "console=tty0", -1, 0)
