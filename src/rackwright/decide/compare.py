"""Is this the machine that the register means, and which disk may be written? The first difference decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from rackwright.decide.disk_selector import NoneMatches, Problem, SeveralMatch, parse, resolve
from rackwright.values.event import Values
from rackwright.values.ids import genuine, parse_mac
from rackwright.values.image import Image
from rackwright.values.machine import Machine
from rackwright.values.reported import one_line
from rackwright_wire.facts import Disk, Facts


@dataclass(frozen=True, slots=True)
class Matches:
    """The right machine, and the one disk that its install may claim."""

    disk: Disk


@dataclass(frozen=True, slots=True)
class Differs:
    """`key` names the difference, `values` what was seen and what was expected."""

    key: str
    values: Values


def compare(machine: Machine, facts: Facts, aliases: Mapping[str, Sequence[str]], image: Image) -> Matches | Differs:
    """Compares the register's row with the machine's report. `aliases`: other spellings of a hardware model."""
    return another_machine(machine, facts) or _model(machine, facts, aliases) or _disk(machine, facts, image)


def another_machine(machine: Machine, facts: Facts) -> Differs | None:
    """What says that this is not the register's machine at all: its serial, or ports that are not there."""
    return _serial(machine, facts) or _macs(machine, facts)


def _serial(machine: Machine, facts: Facts) -> Differs | None:
    reported = genuine(facts.serial)
    if not machine.serial or reported.casefold() == machine.serial.casefold():
        return None
    if not reported:
        return Differs("no_serial_reported", {"reported": one_line(facts.serial, 64), "register": machine.serial})
    return Differs("wrong_serial", {"reported": one_line(reported, 64), "register": machine.serial})


def _macs(machine: Machine, facts: Facts) -> Differs | None:
    seen = {parse_mac(nic.mac) for nic in facts.nics}
    missing = [nic.mac for nic in machine.ports if nic.mac not in seen]
    if not missing:
        return None
    reported = ", ".join(sorted(mac for mac in seen if mac))
    return Differs("wrong_mac", {"missing": ", ".join(missing), "reported": reported[:400]})


def normal_model(text: str) -> str:
    """A hardware model for comparing: case, spaces and punctuation do not count."""
    return "".join(c for c in genuine(text).casefold() if c.isalnum())


def _model(machine: Machine, facts: Facts, aliases: Mapping[str, Sequence[str]]) -> Differs | None:
    if not machine.model:
        return None
    reported = normal_model(facts.model)
    vendor = normal_model(machine.vendor or facts.vendor)
    accepted = {normal_model(name) for name in (machine.model, *aliases.get(machine.model, ()))}
    if reported and (reported in accepted or f"{vendor}{reported}" in accepted):
        return None
    return Differs("wrong_model", {"reported": one_line(genuine(facts.model), 64), "register": machine.model})


def _disk(machine: Machine, facts: Facts, image: Image) -> Matches | Differs:
    selector = parse(machine.disk)
    if isinstance(selector, Problem):
        return Differs("disk_selector_wrong", {"selector": machine.disk})
    found = resolve(selector, facts.disks)
    match found:
        case NoneMatches():
            return Differs("no_disk_matches", {"selector": machine.disk, "disks": _names(facts.disks)})
        case SeveralMatch():
            return Differs("several_disks_match", {"selector": machine.disk, "disks": _names(found.disks)})
        case Disk():
            return _fits(found, image)
        case _:
            assert_never(found)


def _fits(disk: Disk, image: Image) -> Matches | Differs:
    names = (disk.serial, disk.wwn, disk.path)
    if not any(names) or any(name != one_line(name, 200) for name in names):
        return Differs("disk_without_name", {"disk": one_line(disk.device, 64)})
    if disk.logical_sector_bytes != image.sector_bytes:
        sizes: Values = {
            "disk": one_line(disk.device, 64),
            "sector": disk.logical_sector_bytes,
            "image": image.sector_bytes,
        }
        return Differs("wrong_sector_size", sizes)
    if disk.size_bytes < image.raw_bytes:
        return Differs(
            "disk_too_small", {"disk": one_line(disk.device, 64), "size": disk.size_bytes, "image": image.raw_bytes}
        )
    return Matches(disk)


def _names(disks: Sequence[Disk]) -> str:
    """The disks in words an operator can put into a selector."""
    told = "; ".join(
        f"{d.device} serial={d.serial or '-'} wwn={d.wwn or '-'} {d.size_bytes // 10**9} GB {d.transport}"
        for d in disks[:12]
    )
    return one_line(told, 1200)
