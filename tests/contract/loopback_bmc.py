"""Real IPMI 2.0 BMCs on loopback, each with a bit of memory for a machine: `loopback_bmc.py BEHAVIOUR=PORT...`.

Behaviours: `honest`; `lying` says yes to power and boot flags and does nothing; `busy` answers every command
that it is out of resources; `poor` knows no boot flags; `slow` opens a session and then says nothing."""

from __future__ import annotations

import os
import sys
import uuid
from typing import Any

from pyghmi.ipmi import bmc

from virtualrack.fru import inventory

GUID = uuid.UUID("4c4c4544-0032-4410-804d-b7c04f313259")
FRU = inventory("Dell Inc.", "PowerEdge R710", "712DM2X", "")
BOOT_FLAGS = 5
STORAGE, FRU_AREA_INFO, READ_FRU = 0x0A, 0x10, 0x11
GET_BOOT_OPTIONS, SET_BOOT_OPTIONS, CHASSIS = 9, 8, 0
INSUFFICIENT_RESOURCES, PARAMETER_NOT_SUPPORTED = 0xC4, 0x80


class LoopbackBmc(bmc.Bmc):
    """Power and boot flags as two attributes; nothing is switched."""

    def __init__(self, behaviour: str, **how: Any) -> None:
        super().__init__(**how)
        self.behaviour = behaviour
        self.on = False
        self.boot_flags = bytes(5)

    def get_power_state(self) -> str:
        return "on" if self.on else "off"

    def power_on(self) -> int:
        return self._switch(True)

    def power_off(self) -> int:
        return self._switch(False)

    def power_shutdown(self) -> int:
        return self._switch(False)

    def get_system_guid(self) -> uuid.UUID:
        return GUID

    def _switch(self, on: bool) -> int:
        if self.behaviour != "lying":
            self.on = on
        return 0

    def handle_raw_request(self, request: Any, session: Any) -> None:
        netfn, command, data = request["netfn"], request["command"], bytes(request["data"])
        if self.behaviour == "slow":
            return
        if self.behaviour == "busy":
            session.send_ipmi_response(code=INSUFFICIENT_RESOURCES)
        elif (netfn, command) == (CHASSIS, SET_BOOT_OPTIONS):
            self._set_boot_option(data, session)
        elif (netfn, command) == (CHASSIS, GET_BOOT_OPTIONS) and data[0] == BOOT_FLAGS:
            session.send_ipmi_response(data=[1, BOOT_FLAGS, *self.boot_flags])
        elif (netfn, command) == (STORAGE, FRU_AREA_INFO) and self.behaviour != "poor":
            session.send_ipmi_response(data=[*len(FRU).to_bytes(2, "little"), 0])
        elif (netfn, command) == (STORAGE, READ_FRU) and self.behaviour != "poor":
            read = FRU[int.from_bytes(data[1:3], "little") :][: data[3]]
            session.send_ipmi_response(data=[len(read), *read])
        else:
            super().handle_raw_request(request, session)

    def _set_boot_option(self, data: bytes, session: Any) -> None:
        if self.behaviour == "poor":
            session.send_ipmi_response(code=PARAMETER_NOT_SUPPORTED)
            return
        if data[0] == BOOT_FLAGS and self.behaviour != "lying":
            self.boot_flags = data[1:6]
        session.send_ipmi_response()


def main() -> None:
    users = {os.environ["BMC_USER"]: os.environ["BMC_PASSWORD"]}
    for given in sys.argv[1:]:
        behaviour, _, port = given.partition("=")
        LoopbackBmc(behaviour, authdata=users, port=int(port), bmcuuid=GUID, address="::ffff:127.0.0.1")
    print("ready", flush=True)
    LoopbackBmc.listen(timeout=3600)


if __name__ == "__main__":
    main()
