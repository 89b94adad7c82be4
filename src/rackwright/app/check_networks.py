"""Request: are the installation networks of the settings right, and this host ready on them? Changes nothing."""

from __future__ import annotations

import enum
import hashlib
import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from rackwright.app.finding import Finding, error, good, warning
from rackwright.values.errors import OperatorMustFix
from rackwright.values.network import Network

_REFUSE_DHCP = frozenset({"dhcp_other_server", "dhcp_not_probed"})


class PortState(enum.Enum):
    FREE = "free"
    TAKEN = "taken"
    FORBIDDEN = "forbidden"  # this user may not open it
    NO_ADDRESS = "no_address"


@dataclass(frozen=True, slots=True)
class Interface:
    """`addresses` are `address/prefix`, IPv4 and IPv6."""

    up: bool
    addresses: tuple[str, ...]


class NetworkHost(Protocol):
    """What these checks ask of the host. Nothing it does is seen by others, but for the DHCP probe."""

    def interface(self, name: str) -> Interface | None: ...

    def port(self, protocol: str, address: str, port: int, interface: str = "") -> PortState:
        """`protocol` is tcp or udp; `interface` binds the socket to it as well."""
        ...

    def other_dhcp_servers(self, interface: str, own: Sequence[str]) -> tuple[str, ...]:
        """Addresses that answer; raises OperatorMustFix when it cannot ask."""
        ...


def check_networks(networks: Sequence[Network], door_port: int, host: NetworkHost) -> Iterator[Finding]:
    if not networks:
        yield warning("networks_none", "hint_networks_none")

    def check_one(network: Network) -> list[Finding]:
        return list(_check_network(network, door_port, host))

    with ThreadPoolExecutor(max_workers=8) as pool:  # a probe listens for seconds
        for found in pool.map(check_one, networks):
            yield from found


def refused_dhcp(findings: Iterable[Finding]) -> frozenset[str]:
    """Names of the networks on which DHCP must not be started."""
    return frozenset(str(finding.values["network"]) for finding in findings if finding.key in _REFUSE_DHCP)


def suggested_ipv6(network: Network) -> str:
    """A unique local address (RFC 4193) for this host on the network: always the same, rarely another's."""
    digest = hashlib.sha256(f"{network.name} {network.address}".encode()).hexdigest()
    return f"fd{digest[:2]}:{digest[2:6]}:{digest[6:10]}::1"


def _check_network(network: Network, door_port: int, host: NetworkHost) -> Iterator[Finding]:
    wrong = list(_check_plan(network))
    yield from wrong
    about = {"network": network.name, "interface": network.interface, "address": network.address}
    interface = host.interface(network.interface)
    if interface is None:
        yield error("interface_missing", "hint_interface_missing", **about)
        return
    if not interface.up:
        yield error("interface_down", "hint_interface_down", **about)
    if f"{network.address}/{network.prefix}" not in interface.addresses:
        yield error("interface_address", "hint_interface_address", prefix=network.prefix, **about)
        return
    yield from _check_port(host.port("tcp", network.address, door_port), "door", door_port, network)
    if network.dhcp and interface.up and not wrong:
        yield from _check_dhcp(network, interface, host)
    elif not network.dhcp:
        yield good("network_ready_without_dhcp", **about)


def _check_plan(network: Network) -> Iterator[Finding]:
    """Whether the settings of one network agree with each other."""
    about = {"network": network.name, "range": f"{network.range_first}-{network.range_last}"}
    try:
        here = ipaddress.IPv4Interface(f"{network.address}/{network.prefix}")
        outside = [a for a in (network.gateway,) if a and ipaddress.IPv4Address(a) not in here.network]
        _ = [ipaddress.IPv4Address(server) for server in network.dns]
    except ValueError as wrong:
        yield error("network_not_ipv4", "hint_network_setting", error=str(wrong), **about)
        return
    if outside:
        yield error("network_gateway_outside", "hint_network_setting", gateway=network.gateway, **about)
    if not network.dhcp:
        return
    try:
        first, last = ipaddress.IPv4Address(network.range_first), ipaddress.IPv4Address(network.range_last)
    except ValueError:
        yield error("network_range_wrong", "hint_network_range", **about)
        return
    if first > last or first not in here.network or last not in here.network:
        yield error("network_range_wrong", "hint_network_range", **about)
    elif first <= here.ip <= last:
        yield error("network_range_has_own", "hint_network_range", address=network.address, **about)


def _check_dhcp(network: Network, interface: Interface, host: NetworkHost) -> Iterator[Finding]:
    about = {"network": network.name, "interface": network.interface}
    yield from _check_port(host.port("udp", "0.0.0.0", 67, network.interface), "DHCP", 67, network)  # noqa: S104
    yield from _check_port(host.port("udp", network.address, 69), "TFTP", 69, network)
    own = [address.partition("/")[0] for address in interface.addresses]
    if not any(_routable_ipv6(address) for address in own):
        yield warning("interface_no_ipv6", "hint_interface_ipv6", ipv6=suggested_ipv6(network), **about)
    try:
        servers = host.other_dhcp_servers(network.interface, own)
    except OperatorMustFix as cannot:
        yield error("dhcp_not_probed", "hint_dhcp_not_probed", error=cannot.key, **about)
        return
    if servers:
        yield error("dhcp_other_server", "hint_dhcp_other_server", servers=", ".join(servers), **about)
    else:
        yield good("network_ready", **about)


def _check_port(state: PortState, service: str, port: int, network: Network) -> Iterator[Finding]:
    about = {"network": network.name, "address": network.address, "port": port, "service": service}
    if state is PortState.TAKEN:
        yield error("port_taken", "hint_port_taken", **about)
    elif state is PortState.FORBIDDEN:
        yield error("port_forbidden", "hint_port_forbidden", **about)


def _routable_ipv6(address: str) -> bool:
    found = ipaddress.ip_address(address)
    return found.version == 6 and not found.is_link_local
