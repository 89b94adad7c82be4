"""The virtual rack's BMC on loopback, with cipher suite 17 alone and a chassis without QEMU: `rack_bmc.py PORT`."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

from virtualrack.bmc import MachineBmc
from virtualrack.bootflags import NO_FLAGS
from virtualrack.qemu import MachineFiles
from virtualrack.rackfile import BmcAccess, CipherSuite, Firmware, Machine

GUID = UUID("4c4c4544-0032-4410-804d-b7c04f313259")


class MemoryChassis:
    """Power as one attribute; nothing is started."""

    kept_console = b""
    sockets: tuple[socket.socket, ...] = ()

    def __init__(self) -> None:
        self.is_on = False
        self.flags = NO_FLAGS

    def power_on(self, cause: str) -> None:
        self.is_on = True

    def power_off(self, cause: str) -> None:
        self.is_on = False

    def press_power_button(self) -> None:
        self.is_on = False

    def record(self, event: str, **detail: Any) -> None:
        pass

    def watch(self) -> None:
        pass


def main() -> None:
    access = BmcAccess("127.0.0.1", os.environ["BMC_USER"], os.environ["BMC_PASSWORD"], (CipherSuite.SHA256,))
    machine = Machine("web01", Firmware.BIOS, "712DM2X", GUID, "52:54:00:aa:bb:01", access, ())
    bmc = MachineBmc(machine, MachineFiles(Path("/nonexistent")), port=int(sys.argv[1]))
    bmc.chassis = MemoryChassis()
    _open, stop = socket.socketpair()
    print("ready", flush=True)
    bmc.run(stop)


if __name__ == "__main__":
    main()
