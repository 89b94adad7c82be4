"""Limits: which hold, how large a network's is, and how scope and resource are written."""

from __future__ import annotations

import pytest

from rackwright.decide.limits import defaults, effective, parse_limit, pool_size
from rackwright.values.limit import EVERY_RACK, SITE, Over, Resource, Scope, SetLimit
from rackwright.values.network import Network


def network(first: str = "10.0.0.100", last: str = "10.0.0.149", *, dhcp: bool = True, name: str = "lab") -> Network:
    return Network(name, "eth1", "10.0.0.1", 24, first, last, dhcp=dhcp)


@pytest.mark.parametrize(
    ("given", "size"),
    [
        (network(), 50),
        (network("10.0.0.9", "10.0.0.9"), 1),
        (network("10.0.0.9", "10.0.0.1"), 0),
        (network("", ""), None),
        (network(dhcp=False), None),
        (network("what", "ever"), None),
    ],
)
def test_a_network_starts_as_many_as_it_can_lease(given: Network, size: int | None) -> None:
    assert pool_size(given) == size


def test_what_was_set_goes_over_the_defaults() -> None:
    given = defaults([network(), network("", "", name="open")], 50, 20, 10, 32)
    rows = [
        SetLimit(SITE, Resource.STARTS, 0, "ann", 1),
        SetLimit(EVERY_RACK, Resource.POWER, 4, "ann", 1),
        SetLimit(Scope(Over.RACK, "A12"), Resource.POWER, 2, "ann", 1),
        SetLimit(Scope(Over.NETWORK, "open"), Resource.STARTS, 7, "ann", 1),
    ]
    held = effective(given, rows)
    assert (held.starts, held.writes, held.bmc_actions) == (0, 20, 32)
    assert [held.of_rack(rack) for rack in ("A12", "B1", "")] == [2, 4, None]
    assert [held.of_network(name) for name in ("lab", "open", "moon", "")] == [50, 7, None, None]


def test_a_rack_may_be_named_with_a_colon() -> None:
    assert parse_limit("rack:R:1", "power") == (Scope(Over.RACK, "R:1"), Resource.POWER)
    assert str(Scope(Over.RACK, "R:1")) == "rack:R:1"
    assert parse_limit("site", "starts") == (SITE, Resource.STARTS)
    assert parse_limit("rack:*", "power") == (EVERY_RACK, Resource.POWER)
