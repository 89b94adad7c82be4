"""May this machine be armed, and may its install still go on? Who, with what, or why not."""

from __future__ import annotations

from dataclasses import dataclass, field

from rackwright.values.event import Scalar, Values
from rackwright.values.image import Image
from rackwright.values.install import Cause, Install, State
from rackwright.values.machine import BmcType, Machine, Protection, Service


@dataclass(frozen=True, slots=True)
class Asked:
    """What the operator said. `profile_known`: whether the machine's profile exists."""

    reinstall: bool
    retry: bool
    reason: str
    profile_known: bool


@dataclass(frozen=True, slots=True)
class WillInstall:
    image: Image


@dataclass(frozen=True, slots=True)
class WillNot:
    key: str
    values: Values = field(default_factory=lambda: dict[str, Scalar]())

    @property
    def cause(self) -> Cause:
        """For an install that was under way."""
        return {"key": self.key, **self.values}


def may_arm(machine: Machine, latest: Install | None, image: Image | None, asked: Asked) -> WillInstall | WillNot:
    """The first reason against it, in the order in which an operator would want to hear them."""
    if machine.protection:
        return WillNot("refused_protected", _said(machine.protection))
    refusal = (_may_retry(latest) if asked.retry else _may_begin(latest)) or _may_overwrite(machine, asked)
    if refusal:
        return refusal
    if not machine.os:
        return WillNot("refused_no_os")
    if image is None:
        return WillNot("refused_no_image", {"os": machine.os})
    if not asked.profile_known:
        return WillNot("refused_no_profile", {"profile": machine.profile})
    if not (machine.serial or machine.nics):
        return WillNot("refused_no_identity")
    if machine.addresses and not machine.ports:
        return WillNot("refused_no_port")
    if machine.bmc.type is not BmcType.MANUAL and not machine.bmc.address:
        return WillNot("refused_no_bmc_address")
    if machine.bmc.type is BmcType.REDFISH:
        return WillNot("refused_no_driver", {"type": machine.bmc.type.value})
    return WillInstall(image)


def may_go_on(machine: Machine, install: Install) -> WillNot | None:
    """Asked again before each power act and at the claim: the register may have changed since the arming."""
    if machine.protection:
        return WillNot("protected_meanwhile", _said(machine.protection))
    if machine.service is Service.IN_SERVICE and not install.reinstall:
        return WillNot("in_service_meanwhile")
    return None


def _said(protection: Protection) -> Values:
    return {"by": protection.by, "reason": protection.reason}


def _may_begin(latest: Install | None) -> WillNot | None:
    if latest and latest.live:
        key = "refused_held" if latest.state is State.HELD else "refused_live"
        return WillNot(key, {"state": latest.state.value})
    return None


def _may_overwrite(machine: Machine, asked: Asked) -> WillNot | None:
    """Also for a retry: since the install failed, somebody may have put the machine into service by hand."""
    if machine.service is Service.IN_SERVICE and not asked.reinstall:
        return WillNot("refused_in_service")
    if machine.service is Service.IN_SERVICE and not asked.reason.strip():
        return WillNot("refused_no_reason")
    return None


def _may_retry(latest: Install | None) -> WillNot | None:
    if latest is None or latest.state not in (State.HELD, State.FAILED):
        return WillNot("refused_nothing_to_retry", {"state": latest.state.value if latest else ""})
    return None
