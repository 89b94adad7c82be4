"""Who may start, and who may write, now: the longest waiting first, as many as every limit leaves room for.

Whoever its rack or its network refuses does not hold up those behind it in other racks and networks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from rackwright.decide.limits import Limits
from rackwright.values.limit import SITE, Over, Reached, Resource, Scope


@dataclass(frozen=True, slots=True)
class InLine:
    """One that waits. `rack` and `network` are empty where nobody knows them, and then limit nothing. `heard_at` is
    when its agent was heard last, UTC microseconds; nobody asks it of one that is not started yet."""

    install: str
    machine: str
    version: int
    since: int
    rack: str = ""
    network: str = ""
    heard_at: int = 0


@dataclass(frozen=True, slots=True)
class Held:
    """What is out now, counted from the states of the rows. `racks` are machines that are being powered on."""

    starts: int = 0
    writes: int = 0
    networks: Mapping[str, int] = field(default_factory=lambda: dict[str, int]())
    racks: Mapping[str, int] = field(default_factory=lambda: dict[str, int]())

    def with_start(self, one: InLine) -> Held:
        return replace(
            self,
            starts=self.starts + 1,
            networks={**self.networks, one.network: self.networks.get(one.network, 0) + 1},
            racks={**self.racks, one.rack: self.racks.get(one.rack, 0) + 1},
        )

    def with_write(self) -> Held:
        return replace(self, writes=self.writes + 1)


@dataclass(frozen=True, slots=True)
class Admitted:
    """Who goes on, in order, and what is out once they do."""

    start: tuple[InLine, ...]
    write: tuple[InLine, ...]
    held: Held


def admit(
    limits: Limits, held: Held, queued: Iterable[InLine], waiting: Iterable[InLine], silent_before: int
) -> Admitted:
    """`queued` and `waiting` come in order. Of those who wait to write, whoever was last heard before
    `silent_before` is passed over: a slot for a machine that is gone is a slot that nobody has."""
    start: list[InLine] = []
    write: list[InLine] = []
    for one in queued:
        if refuses_start(limits, held, one.rack, one.network) is None:
            start.append(one)
            held = held.with_start(one)
    for one in waiting:
        if one.heard_at >= silent_before and refuses_write(limits, held) is None:
            write.append(one)
            held = held.with_write()
    return Admitted(tuple(start), tuple(write), held)


def refuses_start(limits: Limits, held: Held, rack: str, network: str) -> Reached | None:
    """The first limit that leaves no room: the site's, the network's, the rack's."""
    if held.starts >= limits.starts:
        return Reached(SITE, Resource.STARTS, limits.starts)
    of_network, of_rack = limits.of_network(network), limits.of_rack(rack)
    if of_network is not None and held.networks.get(network, 0) >= of_network:
        return Reached(Scope(Over.NETWORK, network), Resource.STARTS, of_network)
    if of_rack is not None and held.racks.get(rack, 0) >= of_rack:
        # The name is shown of the rack that is full, also where the limit is every rack's.
        return Reached(Scope(Over.RACK, rack), Resource.POWER, of_rack)
    return None


def refuses_write(limits: Limits, held: Held) -> Reached | None:
    return Reached(SITE, Resource.WRITES, limits.writes) if held.writes >= limits.writes else None


@dataclass(frozen=True, slots=True)
class Passing:
    """Which of a line are not worth reading now. `only_racks`, unless None: every rack but these is full."""

    networks: frozenset[str]
    racks: frozenset[str]
    only_racks: frozenset[str] | None = None


def passing(limits: Limits, held: Held) -> Passing:
    """The scopes that leave no room, so that a long line behind a full rack is not read again at every look."""
    full = frozenset(name for name, most in limits.networks.items() if held.networks.get(name, 0) >= most)
    known = {*limits.racks, *held.racks} - {""}
    racks = frozenset(rack for rack in known if held.racks.get(rack, 0) >= (limits.of_rack(rack) or 0))
    if limits.every_rack > 0:
        return Passing(full, racks)
    return Passing(full, racks, frozenset({"", *limits.racks}) - racks)
