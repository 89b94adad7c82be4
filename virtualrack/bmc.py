"""One machine's BMC: a process that answers IPMI 2.0 (lanplus) on its own address and is the machine's platform.

    python -m virtualrack.bmc --rack FILE --machine NAME --run-dir DIR

All it decides about power and boot is in chassis.py and bootflags.py; here is only the protocol.
ipmitool works with `-C 3` and `-C 17` (each can be taken away per machine) and without `-C`.
"""
# pyghmi has no types: this module and ipmi_session.py are the only ones that touch it.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUntypedBaseClass=false, reportUnknownParameterType=false
# pyright: reportMissingParameterType=false, reportPrivateUsage=false, reportIncompatibleMethodOverride=false

import argparse
import select
import signal
import socket
import sys
import time
import traceback
from pathlib import Path
from uuid import UUID

from pyghmi.ipmi.bmc import Bmc
from pyghmi.ipmi.private import constants
from pyghmi.ipmi.private import session as ipmi

from .bootflags import encode, set_flags
from .chassis import Chassis
from .fru import inventory
from .ipmi_session import ALGORITHMS, SuiteSession
from .processes import die_with_parent, signal_socket
from .qemu import MachineFiles
from .rackfile import Machine, load_rack
from .rundir import RunDir
from .sol import SolPort

_OPEN_SESSION = 0x10
_GET_CIPHER_SUITES = 0x54
_SILENT_CONSOLE_S = 60.0
_BOOT_FLAGS, _BOOT_ACKNOWLEDGE = 5, 4
_INVALID_FIELD, _NOT_SUPPORTED_NOW, _PARAMETER_NOT_SUPPORTED = 0xCC, 0xD5, 0x80
_STORAGE, _GET_FRU_AREA_INFO, _READ_FRU = 0x0A, 0x10, 0x11
_OUT_OF_RANGE, _NOT_PRESENT = 0xC9, 0xCB
_PAYLOAD_STATE = 0x80  # Already active, or already inactive: the same code for either command.


class MachineBmc(Bmc):
    """IPMI commands of one chassis."""

    def __init__(self, machine: Machine, files: MachineFiles, port: int = 623) -> None:
        # pyghmi would read its socket in a thread of its own; the loop below does, so that one thread
        # owns everything, and a process with one thread may fork.
        ipmi.iothread, ipmi.iothreadready, ipmi.myself = object(), True, "::1"
        self.cipher_suites = machine.bmc.cipher_suites
        self.chassis = Chassis(machine, files, self._console_said)
        self.console: SolPort | None = None
        self._console_session: SuiteSession | None = None
        self._console_heard_at_s = 0.0
        self._machine_uuid = machine.uuid
        serial = machine.serial if machine.bmc.fru_serial is None else machine.bmc.fru_serial
        self._fru = inventory(machine.manufacturer, machine.product, serial, machine.asset)
        super().__init__(
            {machine.bmc.user: machine.bmc.password},
            port=port,
            bmcuuid=machine.uuid,
            address=f"::ffff:{machine.bmc.address}",
        )

    # Power

    def get_power_state(self) -> str:
        return "on" if self.chassis.is_on else "off"

    def power_on(self) -> None:
        self.chassis.power_on("ipmi power on")

    def power_off(self) -> None:
        self.chassis.power_off("ipmi power off")

    def power_cycle(self) -> int:
        if not self.chassis.is_on:
            return _NOT_SUPPORTED_NOW
        self.chassis.power_cycle("ipmi power cycle")
        return 0

    def power_reset(self) -> int:
        if not self.chassis.is_on:
            return _NOT_SUPPORTED_NOW
        self.chassis.reset("ipmi power reset")
        return 0

    def power_shutdown(self) -> int:
        if not self.chassis.is_on:
            return _NOT_SUPPORTED_NOW
        self.chassis.press_power_button()
        return 0

    def get_system_guid(self) -> UUID:
        return self._machine_uuid

    # Inventory (IPMI 2.0, 34.1 and 34.2)

    def get_fru_area_info(self, data: bytes, session: SuiteSession) -> None:
        if data[:1] != b"\0":
            session.send_ipmi_response(code=_NOT_PRESENT)
            return
        session.send_ipmi_response(data=[*len(self._fru).to_bytes(2, "little"), 0])

    def read_fru(self, data: bytes, session: SuiteSession) -> None:
        if len(data) < 4 or data[0] != 0:
            session.send_ipmi_response(code=_NOT_PRESENT)
            return
        offset = int.from_bytes(data[1:3], "little")
        if offset >= len(self._fru):
            session.send_ipmi_response(code=_OUT_OF_RANGE)
            return
        read = self._fru[offset : offset + data[3]]
        session.send_ipmi_response(data=[len(read), *read])

    # Boot flags

    def get_system_boot_options(self, request: dict[str, bytearray], session: SuiteSession) -> None:
        parameter = request["data"][0]
        if parameter == _BOOT_FLAGS:
            flags = encode(self.chassis.flags, time.monotonic())
            session.send_ipmi_response(data=[1, _BOOT_FLAGS, *flags])
        else:
            session.send_ipmi_response(code=_PARAMETER_NOT_SUPPORTED)

    def set_system_boot_options(self, request: dict[str, bytearray], session: SuiteSession) -> None:
        parameter = request["data"][0] & 0x7F
        if parameter == _BOOT_FLAGS:
            try:
                self.chassis.flags = set_flags(bytes(request["data"][1:]), time.monotonic())
            except ValueError:
                session.send_ipmi_response(code=_INVALID_FIELD)
                return
            self.chassis.record("boot flags set", data=request["data"][1:].hex())
        elif parameter > _BOOT_ACKNOWLEDGE:
            session.send_ipmi_response(code=_PARAMETER_NOT_SUPPORTED)
            return
        # Set-in-progress, expiry mask and acknowledge are taken and ignored, as most BMCs do.
        session.send_ipmi_response()

    # Serial over LAN

    def activate_payload(self, _request: dict[str, bytearray], session: SuiteSession) -> None:
        if self.console is not None and session is not self._console_session:
            session.send_ipmi_response(code=_PAYLOAD_STATE)
            return
        port = self.port.to_bytes(2, "little")
        session.send_ipmi_response(data=[0, 0, 0, 0, 200, 0, 200, 0, *port, 0xFF, 0xFF])
        self.console = SolPort(lambda packet: _send_sol(session, packet))
        self._console_session = session
        self._console_heard_at_s = time.monotonic()
        session.hear_console(self._console_packet)
        self.console.write(self.chassis.kept_console, time.monotonic())

    def deactivate_payload(self, _request: dict[str, bytearray], session: SuiteSession) -> None:
        if self.console is None:
            session.send_ipmi_response(code=_PAYLOAD_STATE)
            return
        self._drop_console()
        session.send_ipmi_response()

    def session_closed(self, session: SuiteSession) -> None:
        if session is self._console_session:
            self._drop_console()

    def _drop_console(self) -> None:
        if self._console_session is not None:
            self._console_session.hear_console(None)
        self.console = self._console_session = None

    def _console_said(self, data: bytes) -> None:
        if self.console is not None:
            self.console.write(data, time.monotonic())

    def _console_packet(self, packet: bytearray) -> None:
        self._console_heard_at_s = time.monotonic()
        if self.console is not None:
            self.chassis.type(self.console.receive(bytes(packet), time.monotonic()))

    def _watch_console(self) -> None:
        if self.console is None:
            return
        self.console.tick(time.monotonic())
        # A client that was killed leaves its session behind; ipmitool's keepalives prove a living one.
        if not self.console.alive or time.monotonic() - self._console_heard_at_s > _SILENT_CONSOLE_S:
            self._drop_console()

    # Sessions

    def handle_raw_request(self, request: dict[str, bytearray], session: SuiteSession) -> None:
        if session is self._console_session:
            self._console_heard_at_s = time.monotonic()
        asked = request["netfn"], request["command"]
        if asked == (_STORAGE, _GET_FRU_AREA_INFO):
            self.get_fru_area_info(bytes(request["data"]), session)
        elif asked == (_STORAGE, _READ_FRU):
            self.read_fru(bytes(request["data"]), session)
        else:
            super().handle_raw_request(request, session)

    def sessionless_data(self, data: bytes, sockaddr: tuple[str, int]) -> None:
        if len(data) >= 48 and data[4] == 6 and data[5] == _OPEN_SESSION:
            SuiteSession(self.authdata, self.kg, sockaddr, self.serversocket, data[16:], self.uuid, bmc=self)
        else:
            super().sessionless_data(data, sockaddr)

    def send_cipher_suites(self, myaddr, mylun, clientaddr, clientlun, clientseq, data, sockaddr) -> None:
        records = b""
        for suite in self.cipher_suites:
            numbers = ALGORITHMS[suite]
            # IPMI 2.0 table 22-18: a standard suite, its id, then algorithms tagged by kind.
            records += bytes([0xC0, suite.value, numbers.authentication])
            records += bytes([0x40 | numbers.integrity, 0x80 | numbers.confidentiality])
        first = (data[22] & 0x3F) * 16 if len(data) > 22 else 0
        header = bytes([clientaddr, clientlun | (7 << 2)])
        body = bytes([myaddr, mylun | clientseq << 2, _GET_CIPHER_SUITES, 0, 1]) + records[first : first + 16]
        message = header + bytes([ipmi._checksum(*header)]) + body + bytes([ipmi._checksum(*body)])
        envelope = b"\x06\x00\xff\x07\x06\x00" + bytes(8) + len(message).to_bytes(2, "little")
        ipmi._io_sendto(self.serversocket, envelope + message, sockaddr)

    # The loop

    def run(self, stop: socket.socket) -> None:
        """Serve until `stop` is readable; the machine is off by then."""
        while True:
            waiting = [stop, self.serversocket, *self.chassis.sockets]
            readable = select.select(waiting, [], [], 0.25)[0]
            if stop in readable and signal.SIGTERM in stop.recv(64):
                break
            if self.serversocket in readable:
                self._serve_packets()
            self.chassis.watch()
            self._watch_console()
        self.chassis.power_off("the rack stops")

    def _serve_packets(self) -> None:
        ipmi._io_graball([self.serversocket], {})
        while ipmi.sessionqueue:
            receiver = ipmi.sessionqueue.popleft()
            try:
                receiver.process_pktqueue()
            except Exception:  # A malformed packet must not take the machine's platform down.
                traceback.print_exc()


def _send_sol(session: SuiteSession, packet: bytes) -> None:
    session.send_payload(bytearray(packet), payload_type=constants.payload_types["sol"], retry=False)


def main() -> None:
    parser = argparse.ArgumentParser(description="A machine's BMC in the virtual rack.")
    parser.add_argument("--rack", type=Path, required=True)
    parser.add_argument("--machine", required=True)
    parser.add_argument("--run-dir", type=Path, required=True)
    options = parser.parse_args()
    die_with_parent()
    machine = load_rack(options.rack).machine(options.machine)
    files = RunDir(options.run_dir).machine(machine.name)
    stop = signal_socket(signal.SIGTERM, signal.SIGCHLD)
    bmc = MachineBmc(machine, files)
    files.bmc_ready.touch()
    bmc.run(stop)
    sys.exit(0)


if __name__ == "__main__":
    main()
