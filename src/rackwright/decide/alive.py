"""Does a machine look alive, so that nothing may touch its power without a person's word?"""

from __future__ import annotations

from rackwright.values.install import Cause, Install
from rackwright.values.machine import Machine, Service

_HOUR_US = 3_600_000_000


def looks_alive(
    machine: Machine, install: Install, answered: tuple[str, str] | None, claimed_before: bool, within_h: int, now: int
) -> Cause | None:
    """Why the install is held, None when its machine may be switched off. `answered`: the address and how it did.

    An address that answers counts also after a claim: somebody may have installed the machine by hand since. A
    phone-home does not: the claim has overwritten the system that sent it."""
    if install.live_ok:
        return None
    if answered:
        return {"key": "machine_alive", "address": answered[0], "by": answered[1]}
    ago = now - machine.runs.at
    if machine.runs.at and ago < within_h * _HOUR_US and not claimed_before:
        return {"key": "phoned_home_lately", "ago_min": max(ago, 0) // 60_000_000}
    return None


def gets_soft_off(machine: Machine, install: Install, idles: bool, claimed_before: bool) -> bool:
    """Whether it is asked to shut down before it is cut off: something may run on it that deserves it. What idles in
    the RAM OS or was started by us does not; nor what a claim has overwritten, unless a person says that it lives."""
    if idles or install.tries > 0:
        return False
    may_run = machine.service is Service.IN_SERVICE or bool(machine.runs.os)
    return install.live_ok or (may_run and not claimed_before)
