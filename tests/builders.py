"""Builders of values for tests: start from a working one and say only what matters to the test."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Self

from rackwright.values.ids import Id, Mac, new_id
from rackwright.values.install import Install, State
from rackwright.values.machine import Bmc, BmcType, Machine, Protection, RegisteredNic, Service

SITE = "sh1"


@dataclass(frozen=True, slots=True)
class MachineBuilder:
    made: Machine

    def named(self, hostname: str) -> Self:
        return self.having(hostname=hostname)

    def with_serial(self, serial: str) -> Self:
        """In capitals, as the register keeps it."""
        return self.having(serial=serial.upper())

    def with_macs(self, *macs: str, role: str = "") -> Self:
        return self.having(nics=tuple(RegisteredNic(Mac(mac), role) for mac in macs))

    def with_address(self, *addresses: str, gateway: str = "") -> Self:
        return self.having(addresses=addresses, gateway=gateway)

    def with_bmc(self, address: str = "10.77.0.201", password: str = "sealed") -> Self:
        return self.having(bmc=Bmc(BmcType.IPMI, address, "admin", password))

    def in_service(self) -> Self:
        return self.having(service=Service.IN_SERVICE)

    def protected(self) -> Self:
        return self.having(protection=Protection("ann", "runs payroll", 1))

    def having(self, **values: Any) -> Self:
        return replace(self, made=replace(self.made, **values))

    def build(self) -> Machine:
        return self.made


@dataclass(frozen=True, slots=True)
class InstallBuilder:
    made: Install = field(default_factory=lambda: _an_install())

    def of(self, machine: Machine) -> Self:
        return self.having(machine=machine.id, site=machine.site)

    def standing(self, state: State) -> Self:
        over = state in (State.DONE, State.FAILED, State.CANCELLED)
        return self.having(state=state, live=not over)

    def having(self, **values: Any) -> Self:
        return replace(self, made=replace(self.made, **values))

    def build(self) -> Install:
        return self.made


def machine() -> MachineBuilder:
    """A new machine with nothing but a name."""
    identity = new_id()
    return MachineBuilder(Machine(id=identity, site=SITE, hostname=f"m-{identity[-12:]}"))


def install() -> InstallBuilder:
    """A live install in `queued`."""
    return InstallBuilder()


def _an_install() -> Install:
    return Install(
        id=new_id(), site=SITE, machine=Id(""), state=State.QUEUED, attempt=1, version=1, live=True, since=1,
        deadline=0, armed_at=1, armed_by="test", reason="", os="debian-12", image="", profile="",
    )  # fmt: skip
