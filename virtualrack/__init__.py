"""A rack of virtual servers on one Linux machine: QEMU machines in a network of their own, each with a real BMC.

For demos, end-to-end tests and rehearsals. A machine is driven only as metal is: by IPMI 2.0 (lanplus) on
its BMC's address, by DHCP, TFTP and HTTP. Nothing is left on the host when the rack has stopped.

A rack file:

    name = "demo"
    [[machines]]
    name = "node1"
    firmware = "uefi"                 # or "bios"
    serial = "712DM2X"
    product = "PowerEdge R710"        # optional, as are manufacturer, asset, memory_mb (1024)
    uuid = "4c4c4544-0031-3210-8044-b7c04f4d3258"
    mac = "52:54:00:77:00:01"
    boot_order = "disk-first"         # or "network-first": the setting, when nobody overrides it
    bmc = { address = "10.77.0.201", user = "admin", password = "secret" }   # cipher_suites = [3, 17]
    disks = [ { serial = "VR-0001", size = "4G", bus = "virtio" } ]          # or "sata", "nvme"

In a program (see running.py and control.py):

    with RunningRack(rack_file, run_dir, listen="127.0.0.1:7740", server=["rackwright", "serve"]) as rack:
        rack.control.kill_server(); rack.control.start_server(); rack.control.cut("node1")
        subprocess.run(rack.control.inside("ipmitool", "-I", "lanplus", "-C", "3", …))

Kept in the run directory while the rack runs, readable from the host: machines/NAME/console.log (every byte
of the serial port), events.jsonl (each power-on with its cause and boot order), bmc.log, disk-SERIAL.raw,
and server.log. `keep_logs` (--keep-logs) copies all but the disks elsewhere before they go.
`accelerator = "kvm"` in a machine uses KVM; without it QEMU emulates.

By hand: `python -m virtualrack.run --rack FILE --run-dir DIR --listen 127.0.0.1:7740 -- SERVER COMMAND…`.
The server runs inside the rack's network (bridge br0, 10.77.0.1/24 and fd77::1/64) with the listening socket
of the host as descriptor 3, by systemd's protocol (LISTEN_FDS, LISTEN_PID).
"""

from .control import ControlError, RackControl
from .rackfile import Rack, RackFileError, load_rack, parse_rack
from .running import RackDidNotStart, RunningRack

__all__ = [
    "ControlError",
    "Rack",
    "RackControl",
    "RackDidNotStart",
    "RackFileError",
    "RunningRack",
    "load_rack",
    "parse_rack",
]
