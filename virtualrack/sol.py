"""One side of an IPMI serial-over-LAN connection: packets and bytes in, packets and bytes out.

Pure apart from the sender it is given; never blocks, never reads a clock.
"""

from collections.abc import Callable
from dataclasses import dataclass

CHUNK = 200
RETRY_S = 1.0
TRIES = 8

_NACK = 0x40


@dataclass(slots=True)
class _Flight:
    """The one packet that is sent and not yet acknowledged."""

    sequence: int
    data: bytes
    sent_at_s: float
    tries: int = 1


class SolPort:
    """The BMC's end of one activated payload. `alive` turns false when the console stops answering."""

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self.alive = True
        self._send = send
        self._waiting = bytearray()
        self._flight: _Flight | None = None
        self._sequence = 0
        self._heard = 0

    def write(self, data: bytes, now_s: float) -> None:
        """Queue bytes of the machine's serial port for the console."""
        self._waiting += data
        self._launch(now_s)

    def receive(self, packet: bytes, now_s: float) -> bytes:
        """Take a packet of the console; returns the bytes that were typed."""
        if len(packet) < 4:
            return b""
        typed = self._accept(packet[0] & 0x0F, packet[4:])
        self._acknowledged(packet[1] & 0x0F, packet[2], packet[3], now_s)
        return typed

    def tick(self, now_s: float) -> None:
        """Send again what was not acknowledged; give the console up after TRIES."""
        flight = self._flight
        if flight is None or now_s - flight.sent_at_s < RETRY_S:
            return
        if flight.tries >= TRIES:
            self.alive = False
            return
        flight.tries += 1
        flight.sent_at_s = now_s
        self._transmit(flight)

    def _accept(self, sequence: int, data: bytes) -> bytes:
        if sequence == 0:
            return b""
        self._send(bytes([0, sequence, len(data), 0]))
        if sequence == self._heard:
            return b""  # Sent again because our acknowledgement was lost.
        self._heard = sequence
        return data

    def _acknowledged(self, sequence: int, accepted: int, status: int, now_s: float) -> None:
        flight = self._flight
        if flight is None or sequence != flight.sequence:
            return
        # IPMI 2.0 section 15.11: what was not accepted is sent again under a new sequence number.
        count = accepted if status & _NACK or accepted else len(flight.data)
        self._waiting[:0] = flight.data[count:]
        self._flight = None
        self._launch(now_s)

    def _launch(self, now_s: float) -> None:
        if self._flight is not None or not self._waiting:
            return
        data = bytes(self._waiting[:CHUNK])
        del self._waiting[:CHUNK]
        self._sequence = self._sequence % 15 + 1
        self._flight = _Flight(self._sequence, data, now_s)
        self._transmit(self._flight)

    def _transmit(self, flight: _Flight) -> None:
        self._send(bytes([flight.sequence, 0, 0, 0]) + flight.data)
