"""An effect that this process holds: before every act it checks that the install still wants it, that the register
still allows it and means the same machine, and that the lease is still its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from rackwright.app.context import Context
from rackwright.decide.arming import may_go_on
from rackwright.store import effects, events, installs, machines
from rackwright.store.effects import Effect
from rackwright.store.store import Store, Tx
from rackwright.values.errors import RackwrightError, Transient
from rackwright.values.event import Values
from rackwright.values.install import Cause, Install, State
from rackwright.values.machine import Bmc, Machine

T = TypeVar("T")
ACTOR = "rackwright"
LEASE_US = 180_000_000  # renewed before each act: longer than the longest act with its own bounded waits
SAID = ("machine", "address", "user", "step", "said", "read", "type", "error")


class Void(Exception):
    """The install moved on: this effect is not wanted any more."""


class Forbidden(Exception):
    """The register forbids it since the arming."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause["key"])
        self.cause = cause


class Hold(Exception):
    """A person must look before anything is touched."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause["key"])
        self.cause = cause


@dataclass(frozen=True, slots=True)
class InHand:
    store: Store
    context: Context
    now: Callable[[], int]
    effect: Effect
    lease_us: int = LEASE_US

    def read(self, f: Callable[[Tx], T]) -> T:
        return self.store.read(f)

    def check(self, begun: Machine | None = None) -> tuple[Machine, Install]:
        """Raises Void, Forbidden, or Transient when the register has changed since the row `begun`."""
        return self.store.write(lambda tx: self._still_ours(tx, begun))

    def change(self, f: Callable[[Tx, Install], None], begun: Machine | None = None) -> None:
        """What the effect has found out, written under the machine's lock if it is still ours to say."""

        def write(tx: Tx) -> None:
            machines.lock(tx, self.effect.site, self.effect.machine)
            f(tx, self._still_ours(tx, begun)[1])

        self.store.write(write)

    def note(self, kind: str, values: Values) -> None:
        """Also where the install was cancelled meanwhile: the timeline says how the machine was left."""
        effect = self.effect

        def append(tx: Tx) -> None:
            machines.lock(tx, effect.site, effect.machine)
            events.append(tx, effect.site, effect.machine, self.now(), kind, values, ACTOR, effect.install)

        self.store.write(append)

    def wanted(self, tx: Tx) -> tuple[Machine, Install]:
        effect = self.effect
        machine = machines.get(tx, effect.site, effect.machine)
        install = installs.get(tx, effect.site, effect.install)
        if machine is None or install is None or install.version != effect.install_version:
            raise Void
        if install.state is not State.STARTING:
            raise Void
        return machine, install

    def _still_ours(self, tx: Tx, begun: Machine | None) -> tuple[Machine, Install]:
        """Two power sequences at one machine would leave it in the state that neither wants. `begun` is the row that
        the sequence began with: an address corrected since may have been another machine's."""
        if not effects.renew(tx, self.effect, self.now() + self.lease_us):
            raise Void
        machine, install = self.wanted(tx)
        if against := may_go_on(machine, install):
            raise Forbidden(against.cause)
        if begun and _meant(machine) != _meant(begun):
            raise Transient("register_changed_meanwhile", machine=machine.hostname, address=begun.bmc.address)
        return machine, install


def said(error: RackwrightError) -> dict[str, str]:
    """What an error says: the key of its sentence and that sentence's values, never a password."""
    told = {name: str(error.values[name])[:200] for name in SAID if name in error.values}
    return {"error_key": error.key, **told}


def _meant(machine: Machine) -> tuple[Bmc, str]:
    """Who is meant and how the BMC is reached; the cipher suite that worked is no part of that."""
    return replace(machine.bmc, cipher=None), machine.serial
