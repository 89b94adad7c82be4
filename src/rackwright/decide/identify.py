"""Which machine of the register is asking, from its serial and its MACs."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Known:
    machine: str


@dataclass(frozen=True, slots=True)
class Unknown:
    pass


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """The serial says one machine and a MAC another, or two MACs say two."""

    machines: tuple[str, ...]


Identity = Known | Unknown | Ambiguous


def identify(by_serial: str | None, by_mac: Set[str]) -> Identity:
    """A machine is known when everything that the register recognises points to the same row.

    A wrong serial with a right MAC is still that machine: the inspection stops it, by name.
    """
    candidates = tuple(sorted(by_mac | ({by_serial} if by_serial else set[str]())))
    match candidates:
        case ():
            return Unknown()
        case (one,):
            return Known(one)
        case several:
            return Ambiguous(several)
