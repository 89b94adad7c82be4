"""One QMP connection to a running QEMU: commands out, events in. Never waits for anything."""

import socket
from enum import Enum

import msgspec


class GuestStop(Enum):
    """Why the guest stopped, as QEMU's SHUTDOWN event says it; anything else is no wish of the guest."""

    RESET = "guest-reset"
    SHUTDOWN = "guest-shutdown"


class _EventData(msgspec.Struct):
    reason: str = ""


class _Message(msgspec.Struct):
    event: str = ""
    data: _EventData = msgspec.field(default_factory=_EventData)


class Qmp:
    """QEMU's monitor over a connected socket."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        connection.setblocking(False)
        self._pending = b""
        self._send(b'{"execute": "qmp_capabilities"}')

    def press_power_button(self) -> None:
        """Ask the guest, by ACPI, to shut down."""
        self._send(b'{"execute": "system_powerdown"}')

    def read_stop(self) -> GuestStop | None:
        """The guest's wish to reset or power off, if it has told one since the last call."""
        try:
            self._pending += self.connection.recv(65536)
        except (BlockingIOError, ConnectionError):
            return None
        *lines, self._pending = self._pending.split(b"\n")
        for line in lines:
            stop = _stop(line)
            if stop is not None:
                return stop
        return None

    def close(self) -> None:
        self.connection.close()

    def _send(self, command: bytes) -> None:
        try:
            self.connection.sendall(command + b"\n")
        except OSError:
            return  # QEMU is gone; its end is noticed by its parent.


def _stop(line: bytes) -> GuestStop | None:
    # `return` answers may carry data of any shape: only events are looked into.
    if b'"SHUTDOWN"' not in line:
        return None
    message = msgspec.json.decode(line, type=_Message)
    return next((stop for stop in GuestStop if stop.value == message.data.reason), None)
