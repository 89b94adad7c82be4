"""The limits in force: what somebody set goes over the defaults. And how a scope and a resource are written."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rackwright.values.errors import OperatorMustFix
from rackwright.values.limit import EVERY, EVERY_RACK, SITE, Over, Resource, Scope, SetLimit
from rackwright.values.network import Network

LARGEST = 1_000_000
LONGEST = 120  # of a scope's name
# What each resource may be limited over.
SCOPES: Mapping[Resource, tuple[Over, ...]] = {
    Resource.STARTS: (Over.SITE, Over.NETWORK),
    Resource.POWER: (Over.RACK,),
    Resource.WRITES: (Over.SITE,),
    Resource.BMC_ACTIONS: (Over.SITE,),
}
Key = tuple[Scope, Resource]


@dataclass(frozen=True, slots=True)
class Limits:
    """What is in force. A network that is not named here has no limit of its own, nor has a machine without a rack;
    `every_rack` holds for each rack that is not named."""

    starts: int
    writes: int
    bmc_actions: int
    every_rack: int
    networks: Mapping[str, int] = field(default_factory=lambda: dict[str, int]())
    racks: Mapping[str, int] = field(default_factory=lambda: dict[str, int]())

    def of_rack(self, rack: str) -> int | None:
        return self.racks.get(rack, self.every_rack) if rack else None

    def of_network(self, network: str) -> int | None:
        return self.networks.get(network)


def defaults(
    networks: Iterable[Network], starts: int, writes: int, power_per_rack: int, bmc_actions: int
) -> dict[Key, int]:
    """What holds while nobody set anything: a network's is the number of addresses that it can lease."""
    return {
        (SITE, Resource.STARTS): starts,
        (EVERY_RACK, Resource.POWER): power_per_rack,
        (SITE, Resource.WRITES): writes,
        (SITE, Resource.BMC_ACTIONS): bmc_actions,
        **{
            (Scope(Over.NETWORK, network.name), Resource.STARTS): size
            for network in networks
            if (size := pool_size(network)) is not None
        },
    }


def pool_size(network: Network) -> int | None:
    """How many addresses its DHCP hands out; None where another server does, or its range is not two addresses."""
    if not network.dhcp or not network.range_first:
        return None
    try:
        first, last = (int(ipaddress.ip_address(one)) for one in (network.range_first, network.range_last))
    except ValueError:
        return None
    return max(last - first + 1, 0)


def effective(given: Mapping[Key, int], rows: Sequence[SetLimit]) -> Limits:
    """`given` are the defaults."""
    values = {**given, **{(row.scope, row.resource): row.value for row in rows}}
    named = {over: {s.name: v for (s, _), v in values.items() if s.over is over} for over in Over}
    racks = {name: value for name, value in named[Over.RACK].items() if name != EVERY}
    return Limits(
        starts=values[SITE, Resource.STARTS],
        writes=values[SITE, Resource.WRITES],
        bmc_actions=values[SITE, Resource.BMC_ACTIONS],
        every_rack=values[EVERY_RACK, Resource.POWER],
        networks=named[Over.NETWORK],
        racks=racks,
    )


def parse_limit(scope: str, resource: str) -> Key:
    """Raises OperatorMustFix naming what may be said instead."""
    if resource not in {one.value for one in Resource}:
        known = ", ".join(one.value for one in Resource)
        raise OperatorMustFix("limit_resource_unknown", resource=resource, known=known)
    of = Resource(resource)
    kind, colon, name = scope.partition(":")
    wrong = OperatorMustFix("limit_scope_wrong", scope=scope, resource=resource, allowed=_allowed(of))
    if kind not in {over.value for over in SCOPES[of]} or len(name) > LONGEST or not name.isprintable():
        raise wrong
    over = Over(kind)
    if bool(name) is (over is Over.SITE) or (colon and not name) or (over is Over.NETWORK and name == EVERY):
        raise wrong
    return Scope(over, name), of


def _allowed(resource: Resource) -> str:
    said = {Over.SITE: "site", Over.NETWORK: "network:NAME", Over.RACK: "rack:NAME, rack:*"}
    return ", ".join(said[over] for over in SCOPES[resource])


def check_value(value: int) -> None:
    if not 0 <= value <= LARGEST:
        raise OperatorMustFix("limit_value_wrong", value=value, most=LARGEST)
