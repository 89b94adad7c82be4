"""The settings' networks to dnsmasq's configuration: DHCP, TFTP, router advertisements.

One section per network, nothing per machine: what a machine boots is asked for over HTTP."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from pathlib import Path

from rackwright.values.errors import OperatorMustFix
from rackwright.values.network import Network

LEASES = "dnsmasq.leases"
EVENTS_SCRIPT = "dhcp-events.sh"
LEASE_TIME = "1h"
_INTERFACE = re.compile(r"[A-Za-z0-9_.@-]{1,15}")
_PATH = re.compile(r"/[^\n\r\"\\#,]*")

_HEAD = """\
# Written by Rackwright at every start from its settings; changes made here are lost.

# DHCP and TFTP only: no name server, nothing from the host's own files.
port=0
no-hosts
no-resolv
bind-interfaces
except-interface=lo
user=root
group=root
pid-file=
log-facility=-
log-dhcp

dhcp-leasefile={leases}
dhcp-lease-max={most}
# Who asked for what, as evidence of how far a machine came; a lease that is renewed is a machine that boots again.
dhcp-script={script}
script-on-renewal
# PXE, iPXE, the RAM OS and the system of one machine send different client ids: by MAC they share a lease.
dhcp-ignore-clid
# Boot ROMs misread a file name that sits in the option field.
dhcp-no-override
# A name that a machine makes up does not belong into the lease file.
dhcp-ignore-names

# Client architectures: 0 is a PC BIOS, 7 and 9 are 64-bit UEFI. Left out: 11, 64-bit ARM, for which there is no
# RAM OS, and 16, UEFI HTTP boot, where the same firmware also offers PXE.
dhcp-match=set:bios,option:client-arch,0
dhcp-match=set:efi64,option:client-arch,7
dhcp-match=set:efi64,option:client-arch,9
# iPXE is known by its own option or by its user class: ROMs of network cards may send only one of them.
dhcp-match=set:ipxe,175
dhcp-userclass=set:ipxe,iPXE
dhcp-boot=tag:!ipxe,tag:bios,undionly.kpxe
dhcp-boot=tag:!ipxe,tag:efi64,snponly.efi

enable-tftp
tftp-root={ipxe_dir}

# iPXE waits 13 s for a router advertisement when none comes. The prefix is that of the interface's own IPv6
# address, so it needs one (a unique local one will do); lifetime 0 keeps this host from being a default router.
enable-ra
"""


def dnsmasq_config(
    networks: Sequence[Network], *, door_port: int, door_url: str = "", ipxe_dir: Path, state_dir: Path
) -> str:
    """The whole file. `door_url` replaces `http://<network's address>:<door_port>` where it is given.

    Raises OperatorMustFix where a value would not survive in dnsmasq's syntax."""
    head = _HEAD.format(
        leases=_checked(_PATH, "state_dir", str(state_dir / LEASES)),
        script=_checked(_PATH, "state_dir", str(state_dir / EVENTS_SCRIPT)),
        ipxe_dir=_checked(_PATH, "ipxe_dir", str(ipxe_dir)),
        most=max(1000, sum(_pool_size(network) for network in networks)),
    )
    sections = [
        _section(f"net{number}", network, door_url.rstrip("/") or f"http://{network.address}:{door_port}")
        for number, network in enumerate(networks)
    ]
    return "\n".join([head, *sections])


def _section(tag: str, network: Network, door: str) -> str:
    interface = _checked(_INTERFACE, "interface", network.interface)
    lines = [f"interface={interface}"]
    if network.dhcp and network.range_first:
        netmask = ipaddress.ip_network(f"{network.address}/{network.prefix}", strict=False).netmask
        first, last = ipaddress.ip_address(network.range_first), ipaddress.ip_address(network.range_last)
        dns = ",".join(str(ipaddress.ip_address(server)) for server in network.dns)
        gateway = str(ipaddress.ip_address(network.gateway)) if network.gateway else ""
        lines += [
            f"dhcp-range=set:{tag},{first},{last},{netmask},{LEASE_TIME}",
            # Without a value the option is not sent at all; left out, dnsmasq would name itself.
            _option(tag, "router", gateway),
            _option(tag, "dns-server", dns),
            f"dhcp-boot=tag:ipxe,tag:{tag},{_checked_url(door)}/boot.ipxe",
            f"dhcp-range=::,constructor:{interface},ra-only",
            f"ra-param={interface},0,0",
        ]
    else:
        lines.append("# DHCP is another server's here; the loaders are still handed out by TFTP.")
    return "\n".join(lines) + "\n"


def _option(tag: str, name: str, value: str) -> str:
    return f"dhcp-option=tag:{tag},option:{name}" + (f",{value}" if value else "")


def _pool_size(network: Network) -> int:
    if not network.range_first:
        return 0
    first, last = ipaddress.ip_address(network.range_first), ipaddress.ip_address(network.range_last)
    return max(0, int(last) - int(first) + 1)


def _checked(form: re.Pattern[str], setting: str, value: str) -> str:
    """A newline or a comma in a value would be read as more configuration."""
    if form.fullmatch(value) is None:
        raise OperatorMustFix("dnsmasq_value_odd", setting=setting, value=value)
    return value


def _checked_url(url: str) -> str:
    return _checked(re.compile(r"https?://[A-Za-z0-9.\[\]:/_~-]+"), "door.url", url)
