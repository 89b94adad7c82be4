"""May an install write over what its disk holds? What the register expects there may go, and what a person approved;
anything else is a question. Only the disk that would be written is judged here."""

from __future__ import annotations

import enum
import hashlib
import json
from dataclasses import dataclass
from typing import Final

from rackwright.decide.compare import Differs
from rackwright.values.machine import Machine, Service
from rackwright.values.reported import one_line
from rackwright_wire.facts import Contents, Disk, FoundSystem, Part

NOT_LOOKED_AT: Final = "0" * 20  # the fingerprint of every disk at which nobody could look
_DIGITS: Final = 20
_FEWEST_PLACES: Final = 8  # fewer places read than this do not make a disk empty
_MOST_TOLD: Final = 6
_LONGEST: Final = 400
_LONGEST_NAME: Final = 64
# What says nothing of the data itself: beside these alone, the samples' digest tells disks apart.
_WITHOUT_MEANING: Final = frozenset(("table", "data", "empty"))


class Last(enum.Enum):
    """How the last install of ours that claimed this disk, on this machine, ended."""

    NONE = enum.auto()  # none ever claimed it, or another install that did not finish
    UNFINISHED = enum.auto()  # it failed or was lost after its claim, and this is its retry
    DONE = enum.auto()  # its system phoned home from this disk


@dataclass(frozen=True, slots=True)
class Ours:
    """What the register knows of the disk that an install would write. `reinstall`: it was armed with --reinstall
    and the machine is in service. `approved`: the fingerprints that a person approved for this machine and this
    disk (by its serial)."""

    last: Last = Last.NONE
    reinstall: bool = False
    approved: frozenset[str] = frozenset()


def unexpected(machine: Machine, disk: Disk, ours: Ours) -> Differs | None:
    """None when the disk may be written as far as its contents go; else `disk_holds_data` or `disk_not_looked_at`.

    - An install of ours that claimed the disk and did not finish: whatever is on it is ours, unless the machine was put
      into service since, or runs a system that came otherwise.
    - Approved: by its fingerprint as it is now, so that other contents ask again.
    - Empty: at least some places were read and all of them were zero.
    - Finished before, or --reinstall in service: expected is this machine's own system, so every system found must
      have its host name. Where no system can be read (gone, encrypted, in LVM, a disk that others may share) nobody
      can say whose data it is, and it is a question, whatever was installed there once.
    """
    left_by_us = ours.last is Last.UNFINISHED and not _in_use(machine)
    if left_by_us or fingerprint(disk) in ours.approved:
        return None
    contents = disk.contents
    if contents is None or not _looked_at(contents):
        return Differs("disk_not_looked_at", {**_named(disk), "fingerprint": NOT_LOOKED_AT})
    if is_empty(contents):
        return None
    if (ours.last is Last.DONE or ours.reinstall) and _is_of(machine, contents):
        return None
    systems = ", ".join(_system(found) for found in contents.systems[:_MOST_TOLD])
    return Differs(
        "disk_holds_data",
        {
            **_named(disk), "holds": summary(disk), "fingerprint": fingerprint(disk),
            "systems": one_line(systems, _LONGEST),
        },
    )  # fmt: skip


def is_empty(contents: Contents) -> bool:
    """No table, no signature, and only zeros in enough places to say so."""
    return not contents.parts and not contents.filled and contents.sampled >= _FEWEST_PLACES


def fingerprint(disk: Disk) -> str:
    """20 hexadecimal digits, the same for identical preloaded disks: over size, parts, systems, and the samples'
    digest where the parts alone do not say what the data is. No serial, GUID or UUID is in it."""
    contents = disk.contents
    if contents is None or not _looked_at(contents):
        return NOT_LOOKED_AT
    parts = sorted([part.number, part.kind, part.type, part.label, part.size_bytes] for part in contents.parts)
    systems = sorted([found.number, found.os, found.hostname] for found in contents.systems)
    says_nothing = all(part.kind in _WITHOUT_MEANING for part in contents.parts)
    whole = [disk.size_bytes, parts, systems, contents.digest if says_nothing else ""]
    return hashlib.sha256(json.dumps(whole).encode()).hexdigest()[:_DIGITS]


def summary(disk: Disk) -> str:
    """One line for an operator, at most 400 characters: `gpt; 1: vfat "EFI" 512 MB; 2: ext4 "root" 40 GB;
    Ubuntu 22.04.3 LTS, host name localhost`. Data, so it is in no language."""
    contents = disk.contents
    if contents is None:
        return "not looked at"
    if not _looked_at(contents):
        return f"not looked at: {contents.sampled} places read"
    if is_empty(contents):
        return "empty"
    told = [_part(part) for part in contents.parts[:_MOST_TOLD]]
    if len(contents.parts) > _MOST_TOLD:
        told.append(f"{len(contents.parts) - _MOST_TOLD} more")
    if contents.filled and all(part.kind in _WITHOUT_MEANING for part in contents.parts):
        told.append(f"data in {contents.filled} of {contents.sampled} places")
    told += [_system(found) for found in contents.systems[:_MOST_TOLD]]
    return one_line("; ".join(told), _LONGEST)


def _looked_at(contents: Contents) -> bool:
    return bool(contents.parts or contents.filled or contents.sampled >= _FEWEST_PLACES)


def _in_use(machine: Machine) -> bool:
    """A claim takes both from the register; a proven system or a person gives them back."""
    return machine.service is Service.IN_SERVICE or bool(machine.runs.os)


def _is_of(machine: Machine, contents: Contents) -> bool:
    names = [found.hostname for found in contents.systems]
    return bool(names) and all(_same_host(name, machine.hostname) for name in names)


def _same_host(one: str, other: str) -> bool:
    """In one of the two the domain may be missing."""
    a, b = one.strip().rstrip(".").casefold(), other.strip().rstrip(".").casefold()
    if "." in a and "." in b:
        return a == b
    return bool(a) and a.partition(".")[0] == b.partition(".")[0]


def name_of(disk: Disk) -> str:
    """What stays with a disk, as an approval names it: its serial, where it has one."""
    return one_line(disk.serial or disk.wwn or disk.path, _LONGEST_NAME)


def _named(disk: Disk) -> dict[str, str]:
    return {"disk": one_line(disk.device, _LONGEST_NAME), "serial": name_of(disk)}


def _part(part: Part) -> str:
    label = f'"{one_line(part.label, 36)}"' if part.label else ""
    name = one_line(part.type, 32) or ("data of unknown kind" if part.kind == "data" else one_line(part.kind, 32))
    if part.kind == "table" and not part.number:
        return name
    told = " ".join(word for word in (name, label, _size(part.size_bytes)) if word)
    return f"{part.number}: {told}" if part.number else f"whole disk: {told}"


def _system(found: FoundSystem) -> str:
    os = one_line(found.os, _LONGEST_NAME) or "a system"
    return f"{os}, host name {one_line(found.hostname, _LONGEST_NAME) or '-'}"


def _size(size_bytes: int) -> str:
    if not 0 < size_bytes < 1 << 64:
        return ""  # no disk's; and what a machine says may not even be a float
    for unit, power in (("TB", 12), ("GB", 9), ("MB", 6), ("kB", 3)):
        if size_bytes >= 10**power:
            amount = size_bytes / 10**power
            return f"{amount:.0f} {unit}" if amount >= 10 else f"{amount:.1f} {unit}"
    return f"{size_bytes} B"
