"""May this machine be protected, and does that end the install that is under way?"""

from __future__ import annotations

from dataclasses import dataclass

from rackwright.values.install import Install
from rackwright.values.machine import Machine, Protection


@dataclass(frozen=True, slots=True)
class Protects:
    """`ends` is the install that gives way: it has claimed nothing, so the machine is as it was."""

    ends: Install | None


@dataclass(frozen=True, slots=True)
class Already:
    by: Protection


@dataclass(frozen=True, slots=True)
class BeingWritten:
    """Its disk is no system's that somebody could want to keep; whoever protects it is to know that."""

    install: Install


def may_protect(machine: Machine, latest: Install | None) -> Protects | Already | BeingWritten:
    if machine.protection:
        return Already(machine.protection)
    if latest is None or not latest.live:
        return Protects(None)
    return BeingWritten(latest) if latest.claimed else Protects(latest)
