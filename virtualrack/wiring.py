"""The rack's network: one bridge, a tap per machine, an address per BMC. Only inside the rack's namespace."""

import subprocess

from .rackfile import Rack, tap_name

BRIDGE = "br0"
SERVER_ADDRESS = "10.77.0.1"
_SERVER_ADDRESSES = (f"{SERVER_ADDRESS}/24", "fd77::1/64")


def wire(rack: Rack) -> None:
    """Make the network; raises CalledProcessError with ip's own words."""
    lines = [
        "link set lo up",
        # No forwarding delay: a firmware's first DISCOVER must not die in a learning port.
        f"link add {BRIDGE} type bridge stp_state 0 forward_delay 0",
        *(f"addr add {address} dev {BRIDGE} nodad" for address in _SERVER_ADDRESSES if ":" in address),
        *(f"addr add {address} dev {BRIDGE}" for address in _SERVER_ADDRESSES if ":" not in address),
        f"link set {BRIDGE} up",
    ]
    for machine in rack.machines:
        tap = tap_name(machine)
        lines += [
            f"tuntap add dev {tap} mode tap",
            f"link set {tap} master {BRIDGE} up",
            # On lo, not on the bridge, or dnsmasq could take it for its own address in the DHCP range's
            # network; the kernel answers ARP for it on the bridge all the same.
            f"addr add {machine.bmc.address}/32 dev lo",
        ]
    # tuntap has no batch mode in every iproute2: a command each costs milliseconds.
    for line in lines:
        subprocess.run(["ip", *line.split()], check=True, stdin=subprocess.DEVNULL)
