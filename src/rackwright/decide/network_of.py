"""Which installation network an install takes its addresses from."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence

from rackwright.values.network import Network


def network_of(networks: Sequence[Network], booted_from: str, addresses: Iterable[str]) -> str:
    """The network's name, empty when nobody can say: that of its last boot request, else the one that holds an
    address of the register (each with its prefix), else the only one."""
    if found := holding(networks, booted_from):
        return found
    registered = {name for one in addresses if (name := holding(networks, one.partition("/")[0]))}
    if len(registered) == 1:
        return registered.pop()
    return networks[0].name if len(networks) == 1 else ""


def holding(networks: Sequence[Network], address: str) -> str:
    """The first network whose subnet has the address, empty where none has."""
    try:
        one = ipaddress.ip_address(address)
    except ValueError:
        return ""
    subnets = ((n.name, ipaddress.ip_network(f"{n.address}/{n.prefix}", strict=False)) for n in networks)
    return next((name for name, subnet in subnets if one in subnet), "")
