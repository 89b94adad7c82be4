"""Which disk a machine's system goes to: the register's selector against the disks a machine reports.

Exactly one local disk, or a question for a person. It never guesses, and never sees a disk that several machines
may share unless the selector names it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from rackwright.values.problem import Problem
from rackwright_wire.facts import Disk

# A disk of these may belong to another machine, or be pulled out: only a selector that names it sees it.
NOT_LOCAL: Final = frozenset(("fc", "iscsi", "nvmeof", "srp", "usb"))
TRANSPORTS: Final = NOT_LOCAL | {"sata", "sas", "scsi", "nvme", "virtio", "mmc", "raid"}

_SIZE: Final = re.compile(r"size(=|>=|<=|>|<)(\d{1,7}(?:\.\d{1,3})?)([kmgtp])(i?)b?", re.IGNORECASE)
_POWER: Final = {"k": 1, "m": 2, "g": 3, "t": 4, "p": 5}
# Makers round: a "480 GB" disk has 480,103,981,056 bytes, others up to 2 % more or less.
_MARKETING_TOLERANCE: Final = Decimal("0.02")


@dataclass(frozen=True, slots=True)
class SizeRule:
    """`least <= size < beyond` in bytes; `text` is how it was asked for, in normal form."""

    text: str
    least: int
    beyond: int | None


@dataclass(frozen=True, slots=True)
class Selector:
    """All conditions hold together; then `smallest`, then `lowest_slot` choose among what is left."""

    serial: str = ""
    wwn: str = ""
    path: str = ""
    transport: str = ""
    sizes: tuple[SizeRule, ...] = ()
    smallest: bool = False
    lowest_slot: bool = False

    def __str__(self) -> str:
        """The normal form: `parse` reads it back to the same selector."""
        named = (("serial", self.serial), ("wwn", self.wwn), ("path", self.path), ("transport", self.transport))
        terms = [f"{name}={value}" for name, value in named if value] + [rule.text for rule in self.sizes]
        chosen = (("smallest", self.smallest), ("lowest-slot", self.lowest_slot))
        return " ".join(terms + [name for name, given in chosen if given])


@dataclass(frozen=True, slots=True)
class NoneMatches:
    """`seen` are the machine's other disks, `hidden` those left out because they may be shared or pulled."""

    seen: tuple[Disk, ...]
    hidden: tuple[Disk, ...]


@dataclass(frozen=True, slots=True)
class SeveralMatch:
    disks: tuple[Disk, ...]


def parse(text: str) -> Selector | Problem:
    """The selector of a register's cell; an empty one means the machine's only local disk."""
    given: dict[str, str] = {}
    sizes: dict[str, SizeRule] = {}
    for term in re.split(r"[\s,;]+", unicodedata.normalize("NFKC", text).strip(" ,;\t\r\n")):
        if not term:
            continue
        rule = _size_rule(term)
        name, _, value = term.partition("=")
        name = name.lower()
        if rule is not None:
            if rule.text in sizes:
                return Problem("disk_selector_twice", {"term": rule.text})
            sizes[rule.text] = rule
        elif name in given:
            return Problem("disk_selector_twice", {"term": name})
        elif isinstance(parsed := _term(name, value), Problem):
            return parsed
        else:
            given[name] = parsed
    return _checked(
        Selector(
            serial=given.get("serial", ""),
            wwn=given.get("wwn", ""),
            path=given.get("path", ""),
            transport=given.get("transport", ""),
            sizes=tuple(sizes.values()),
            smallest="smallest" in given,
            lowest_slot="lowest-slot" in given,
        )
    )


def resolve(selector: Selector, disks: tuple[Disk, ...]) -> Disk | NoneMatches | SeveralMatch:
    """The one disk that the selector means. A drive without a medium (size 0) is no disk."""
    real = tuple(disk for disk in disks if disk.size_bytes > 0)
    names_one = bool(selector.serial or selector.wwn or selector.path)
    visible = [d for d in real if names_one or d.transport not in NOT_LOCAL or d.transport == selector.transport]
    left = [disk for disk in visible if _matches(selector, disk)]
    if selector.smallest:
        left = _least(left, lambda disk: disk.size_bytes)
    if selector.lowest_slot:
        left = _least(left, lambda disk: disk.slot)
    if not left:
        hidden = tuple(disk for disk in real if disk not in visible)
        return NoneMatches(tuple(visible), hidden)
    return left[0] if len(left) == 1 else SeveralMatch(tuple(left))


def _term(name: str, value: str) -> str | Problem:
    """One condition other than a size, in normal form."""
    match name:
        case "smallest" | "lowest-slot" if not value:
            return name
        case "serial" if _squeezed(value):
            return value
        case "wwn" if _wwn(value):
            return _wwn(value)
        case "path" if value:
            path = value.removeprefix("/dev/disk/by-path/")
            # /dev/sda is another disk after the next boot.
            return Problem("disk_selector_device_name", {"term": value}) if path.startswith("/dev/") else path
        case "transport" if value.lower() in TRANSPORTS:
            return value.lower()
        case "transport":
            return Problem("disk_selector_transport", {"term": value, "known": ", ".join(sorted(TRANSPORTS))})
        case _:
            return Problem("disk_selector_term", {"term": f"{name}={value}" if value else name})


def _size_rule(term: str) -> SizeRule | None:
    found = _SIZE.fullmatch(term)
    if not found:
        return None
    sign, number, unit, binary = (part.lower() for part in found.groups())
    scale = (1024 if binary else 1000) ** _POWER[unit]
    size = Decimal(number) * scale
    text = f"size{sign}{number}{unit.upper()}{binary}"
    match sign:
        case ">=":
            return SizeRule(text, _up(size), None)
        case ">":
            return SizeRule(text, int(size) + 1, None)
        case "<=":
            return SizeRule(text, 0, int(size) + 1)
        case "<":
            return SizeRule(text, 0, _up(size))
        case _ if binary:
            # As lsblk prints it: any size that rounds to this figure, 447.1Gi or 447Gi.
            half = Decimal(scale).scaleb(-len(number.partition(".")[2])) / 2
            return SizeRule(text, _up(size - half), _up(size + half))
        case _:
            slack = size * _MARKETING_TOLERANCE
            return SizeRule(text, _up(size - slack), int(size + slack) + 1)


def _checked(selector: Selector) -> Selector | Problem:
    least = max((rule.least for rule in selector.sizes), default=0)
    beyond = min((rule.beyond for rule in selector.sizes if rule.beyond is not None), default=None)
    if beyond is not None and least >= beyond:
        return Problem("disk_selector_no_size", {"term": " ".join(rule.text for rule in selector.sizes)})
    return selector


def _matches(selector: Selector, disk: Disk) -> bool:
    return (
        (not selector.serial or same_serial(selector.serial, disk.serial))
        and (not selector.wwn or selector.wwn == _wwn(disk.wwn))
        and (not selector.path or selector.path == disk.path)
        and (not selector.transport or selector.transport == disk.transport)
        and all(
            rule.least <= disk.size_bytes and (rule.beyond is None or disk.size_bytes < rule.beyond)
            for rule in selector.sizes
        )
    )


def _least(disks: list[Disk], key: Callable[[Disk], int]) -> list[Disk]:
    lowest = min(map(key, disks), default=0)
    return [disk for disk in disks if key(disk) == lowest]


def _wwn(text: str) -> str:
    """`0x5000C500A1B2C3D4`, `naa.5000c500…`, `eui.…` and `wwn-0x…` are spellings of one number."""
    return re.sub(r"^(wwn-)?(naa\.|eui\.|t10\.|nvme\.|0x)?", "", text.strip().lower())


def same_serial(one: str, other: str) -> bool:
    """Drives pad their serial with blanks, and what reads it keeps them, cuts them or puts underscores."""
    return _squeezed(one) == _squeezed(other)


def _squeezed(text: str) -> str:
    return re.sub(r"[\s_]+", "", text).casefold()


def _up(size: Decimal) -> int:
    return int(size) + (size != int(size))
