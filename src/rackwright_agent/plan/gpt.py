"""A GPT as a value: parsed from the first bytes of a disk, changed, and written out again for both ends.

UEFI 2.10, chapter 5. Works for any sector size and never touches a device.
"""

from __future__ import annotations

import struct
from binascii import crc32
from collections.abc import Callable
from dataclasses import dataclass, replace

from rackwright_agent.failures import MachineFailed
from rackwright_agent.plan import guid

_HEADER = struct.Struct("<8sIIIIQQQQ16sQIII")
_ENTRY = struct.Struct("<16s16sQQQ72s")
_SIGNATURE = b"EFI PART"
_REVISION = 0x00010000
ALIGN_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Partition:
    """`number` counts from 1; sectors are inclusive, as in the table itself."""

    number: int
    kind: str
    guid: str
    first_sector: int
    last_sector: int
    attributes: int
    name: bytes

    @property
    def sectors(self) -> int:
        return self.last_sector - self.first_sector + 1


@dataclass(frozen=True, slots=True)
class Table:
    sector_bytes: int
    disk_sectors: int
    guid: str
    slots: int
    partitions: tuple[Partition, ...]
    boot_sector: bytes

    def of_kind(self, kind: str) -> Partition | None:
        """The first partition of a type GUID."""
        return next((p for p in self.partitions if p.kind == kind), None)

    def last(self) -> Partition:
        """The partition that ends last on the disk: the one that can grow."""
        return max(self.partitions, key=lambda p: p.last_sector)


def parse(head: bytes, sector_bytes: int) -> Table:
    """Reads the primary table from the first MiB; raises MachineFailed when it is missing or damaged."""
    header = head[sector_bytes : sector_bytes + _HEADER.size]
    if len(header) < _HEADER.size or not header.startswith(_SIGNATURE):
        raise MachineFailed(f"the image has no GPT for sectors of {sector_bytes} bytes")
    fields = _HEADER.unpack(header)
    header_crc, entries_at, slots, entry_bytes, entries_crc = fields[3], *fields[10:14]
    if fields[2] != _HEADER.size or entry_bytes != _ENTRY.size:
        raise MachineFailed("the image's GPT has a layout that this agent does not know")
    entries = head[entries_at * sector_bytes : entries_at * sector_bytes + slots * entry_bytes]
    if crc32(header[:16] + bytes(4) + header[20:]) != header_crc or crc32(entries) != entries_crc:
        raise MachineFailed("the image's GPT is damaged: its checksum is wrong")
    partitions = tuple(
        _partition(number, entry)
        for number, entry in enumerate(_ENTRY.iter_unpack(entries), start=1)
        if entry[0] != bytes(16)
    )
    if not partitions:
        raise MachineFailed("the image has no partitions")
    return Table(sector_bytes, fields[6] + 1, guid.unpack(fields[9]), slots, partitions, head[:sector_bytes])


def grown(table: Table, disk_sectors: int) -> Table:
    """The same table on a larger disk: the last partition ends at the last MiB border before the backup."""
    align = max(1, ALIGN_BYTES // table.sector_bytes)
    end = (_last_usable(table, disk_sectors) + 1) // align * align - 1
    last = table.last()
    larger = replace(last, last_sector=max(last.last_sector, end))
    kept = tuple(larger if p == last else p for p in table.partitions)
    return replace(table, disk_sectors=disk_sectors, partitions=kept)


def with_new_guids(table: Table, new_guid: Callable[[], str]) -> Table:
    """Disk and partitions get names of their own: two machines must not carry the same ones."""
    renamed = tuple(replace(p, guid=new_guid()) for p in table.partitions)
    return replace(table, guid=new_guid(), partitions=renamed)


def rendered(table: Table) -> tuple[tuple[int, bytes], ...]:
    """What to write where (bytes), the backup first: a crash in between leaves one good table."""
    size = table.sector_bytes
    entries = bytearray(_entries_sectors(table) * size)
    for p in table.partitions:
        _ENTRY.pack_into(
            entries,
            (p.number - 1) * _ENTRY.size,
            guid.pack(p.kind),
            guid.pack(p.guid),
            p.first_sector,
            p.last_sector,
            p.attributes,
            p.name,
        )
    last = table.disk_sectors - 1
    backup_entries = last - _entries_sectors(table)
    crc = crc32(bytes(entries[: table.slots * _ENTRY.size]))
    primary = _header(table, 1, last, 2, crc)
    backup = _header(table, last, 1, backup_entries, crc)
    return (
        (backup_entries * size, bytes(entries)),
        (last * size, backup),
        (0, _protective(table) + primary + bytes(entries)),
    )


def _partition(number: int, entry: tuple[bytes, bytes, int, int, int, bytes]) -> Partition:
    kind, own, first, last, attributes, name = entry
    return Partition(number, guid.unpack(kind), guid.unpack(own), first, last, attributes, name)


def _entries_sectors(table: Table) -> int:
    return -(-table.slots * _ENTRY.size // table.sector_bytes)


def _last_usable(table: Table, disk_sectors: int) -> int:
    return disk_sectors - 2 - _entries_sectors(table)


def _header(table: Table, here: int, other: int, entries_at: int, entries_crc: int) -> bytes:
    first_usable = 2 + _entries_sectors(table)
    packed = _HEADER.pack(
        _SIGNATURE,
        _REVISION,
        _HEADER.size,
        0,
        0,
        here,
        other,
        first_usable,
        _last_usable(table, table.disk_sectors),
        guid.pack(table.guid),
        entries_at,
        table.slots,
        _ENTRY.size,
        entries_crc,
    )
    signed = packed[:16] + struct.pack("<I", crc32(packed)) + packed[20:]
    return signed.ljust(table.sector_bytes, b"\0")


def _protective(table: Table) -> bytes:
    """The image's boot code with one MBR partition over the whole disk; 0xffffffff where it does not count further."""
    covered = min(table.disk_sectors - 1, 0xFFFFFFFF)
    entry = struct.pack("<B3sB3sII", 0, b"\x00\x02\x00", 0xEE, b"\xff\xff\xff", 1, covered)
    sector = bytearray(table.boot_sector)
    # A hybrid MBR carries more than the protective entry; keep what the image's maker put there.
    kinds = [sector[446 + 16 * i + 4] for i in range(4)]
    if [k for k in kinds if k] in ([], [0xEE]):
        place = kinds.index(0xEE) if 0xEE in kinds else 0
        flag = sector[446 + 16 * place]  # some BIOSes boot only a disk with an active partition
        sector[446 + 16 * place : 462 + 16 * place] = bytes([flag]) + entry[1:]
    sector[510:512] = b"\x55\xaa"
    return bytes(sector)
