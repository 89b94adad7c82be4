"""Edits of the register: what each changes, and whether all of them together leave a register without clashes.

Pure. Import and `machines set` both go through here; neither writes an edit that has a problem.
"""

from __future__ import annotations

import enum
import ipaddress
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from rackwright.decide.register_fields import FIELDS, PASSWORD, Field, changed, read
from rackwright.values.machine import BmcType, Machine
from rackwright.values.problem import Problem

Identity = tuple[str, str]  # field, value: unique within a site


class Verdict(enum.StrEnum):
    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Change:
    """Texts as export prints them; of a password, only that it changes."""

    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Edit:
    """`before` is None for a new machine, whose `after` has no id yet. `password` is the BMC's new one in clear
    text, None to keep what is sealed in `after`."""

    line: int
    before: Machine | None
    after: Machine
    password: str | None = None
    changes: tuple[Change, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def verdict(self) -> Verdict:
        if self.problems:
            return Verdict.ERROR
        if self.before is None:
            return Verdict.NEW
        return Verdict.CHANGED if self.changes else Verdict.UNCHANGED


@dataclass(frozen=True, slots=True)
class Register:
    """What edits are judged against. `machines` are at least those that are edited or hold an identity that an
    edit wants; `busy` the ids of those with an install under way, `live` also of those held. `same_password` compares
    with a sealed one."""

    site: str
    machines: Sequence[Machine]
    busy: frozenset[str]
    same_password: Callable[[Machine, str], bool]
    live: frozenset[str] = frozenset()


def read_cell(site: str, field: Field, text: str) -> object:
    """As `register_fields.read` gives it; the site, however spelled, is this one or a problem."""
    value = read(field, text)
    if field.name != "site" or not isinstance(value, str):
        return value
    if value.casefold() == site.casefold():
        return site
    return Problem("register_other_site", {"given": value, "site": site})


def edit(
    register: Register,
    line: int,
    before: Machine | None,
    blank: Machine,
    values: dict[Field, object],
    problems: Iterable[Problem],
) -> Edit:
    """What these values, as `read_cell` gives them, make of a machine or of a blank one."""
    given = {field.name: value for field, value in values.items()}
    password = given.get(PASSWORD)
    kept = {field: value for field, value in values.items() if field.name != PASSWORD}
    after = changed(before or blank, kept)
    if not (before or blank).bmc.address and after.bmc.address and "bmc_type" not in given:
        # `manual` is what a machine without a BMC has; nobody chose it for this one.
        after = replace(after, bmc=replace(after.bmc, type=BmcType.IPMI))
    new_password = str(password) if password is not None else None
    if before and new_password is not None and register.same_password(before, new_password):
        new_password = None
    changes = _changes(before, after, new_password) if before else ()
    found = [*problems]
    # An address that could not be read has its own problem; what is then missing around it is none.
    if not any(problem.values.get("field") in ("addresses", "gateway") for problem in found):
        found += _incoherent(after)
    if before and before.protected and not after.protected:
        found.append(Problem("register_protected", {"hostname": before.hostname}))
    if before and before.id in register.live and becomes_protected(before, after):
        found.append(Problem("register_protects_live", {"hostname": before.hostname}))
    if before and before.id in register.busy and (fields := relied_on(changes)):
        found.append(Problem("register_install_under_way", {"fields": fields, "hostname": before.hostname}))
    return Edit(line, before, after, new_password, changes, tuple(found))


def judged(edits: Sequence[Edit], register: Register) -> tuple[Edit, ...]:
    """The edits, with a problem added to each that clashes with another one or with a machine that stays."""
    current = _clashing_in_file(edits)
    while True:
        # An edit with a problem is not written: its machine keeps what it has, and others cannot have it.
        moving = {one.before.id for one in current if one.before and not one.problems}
        holders = {
            identity: machine
            for machine in register.machines
            if machine.id not in moving
            for identity in identities(machine)
        }
        after = [one if one.problems else _against(one, holders) for one in current]
        if all(one is other for one, other in zip(after, current, strict=True)):
            return tuple(after)
        current = after


def identities(machine: Machine) -> Iterator[Identity]:
    """What no other machine of the site may have. Serials differ in more than case."""
    single = (
        ("hostname", machine.hostname),
        ("serial", machine.serial.casefold()),
        ("external_id", machine.external_id),
        ("bmc_address", machine.bmc.address),
    )
    yield from (identity for identity in single if identity[1])
    yield from (("macs", nic.mac) for nic in machine.nics)
    yield from (("addresses", address.rpartition("/")[0]) for address in machine.addresses)


def _clashing_in_file(edits: Sequence[Edit]) -> list[Edit]:
    claims: dict[Identity, list[int]] = {}
    for position, one in enumerate(edits):
        for identity in identities(one.after):
            claims.setdefault(identity, []).append(position)
    added: dict[int, dict[int, Problem]] = {}
    for (field, value), positions in claims.items():
        for position in positions if len(positions) > 1 else ():
            other = edits[next(p for p in positions if p != position)]
            values = {
                "field": field,
                "value": _as_written(edits[position].after, field, value),
                "line": other.line,
                "other": other.after.hostname,
            }
            # One problem for each other row is enough to find it.
            added.setdefault(position, {}).setdefault(other.line, Problem("register_duplicate_in_file", {**values}))
    return [
        replace(one, problems=(*one.problems, *added[position].values())) if position in added else one
        for position, one in enumerate(edits)
    ]


def _as_written(machine: Machine, field: str, value: str) -> str:
    """An identity as a person can search for it in the file."""
    return machine.serial if field == "serial" else value


def _against(one: Edit, holders: dict[Identity, Machine]) -> Edit:
    clashes = tuple(
        Problem(
            "register_duplicate",
            {"field": field, "value": _as_written(one.after, field, value), "machine": holders[field, value].hostname},
        )
        for field, value in identities(one.after)
        if (field, value) in holders
    )
    return replace(one, problems=clashes) if clashes else one


MASK: Final = "***"


def _changes(before: Machine, after: Machine, password: str | None) -> tuple[Change, ...]:
    found: list[Change] = []
    for field in FIELDS:
        if field.name == PASSWORD:
            if password is not None:
                found.append(Change(PASSWORD, MASK if before.bmc.password else "", MASK))
        elif (old := field.show(before)) != (new := field.show(after)):
            found.append(Change(field.name, old, new))
    return tuple(found)


def relied_on(changes: Sequence[Change]) -> str:
    """The changed fields that an install under way relies on, empty for none."""
    relied = {field.name for field in FIELDS if field.installs}
    return ", ".join(change.field for change in changes if change.field in relied)


def becomes_protected(before: Machine | None, after: Machine) -> bool:
    """What this means for an install under way is an act of its own, never the side of an edit."""
    return before is not None and after.protected and not before.protected


def _incoherent(machine: Machine) -> list[Problem]:
    """A gateway outside of every network of the machine is a typing error, and cuts it off."""
    if not machine.gateway:
        return []
    gateway = ipaddress.ip_address(machine.gateway)
    here = [ipaddress.ip_interface(address) for address in machine.addresses]
    if any(one.ip == gateway for one in here):
        return [Problem("register_gateway_is_itself", {"gateway": machine.gateway})]
    if any(gateway in one.network for one in here):
        return []
    if gateway.version == 6 and gateway.is_link_local and any(one.version == 6 for one in here):
        return []
    return [Problem("register_gateway_elsewhere", {"gateway": machine.gateway})]
