"""Another machine that goes by the name of one that is being installed: it idles, and the install goes on without it."""

from __future__ import annotations

from rackwright.decide.bmc_identity import same_uuid, uuid_forms
from rackwright.decide.compare import another_machine
from rackwright.values.boot import BootRequest
from rackwright.values.install import Install
from rackwright.values.machine import Machine
from rackwright_wire.facts import Facts


def is_intruder(machine: Machine, install: Install, facts: Facts) -> bool:
    """Two things must say so, its identity and the GUID of the BMC that switched the right one on: a typing error in
    the register alone makes a question, not an intruder."""
    return _differs(install.bmc_guid, facts.uuid) and another_machine(machine, facts) is not None


def outlived(install: Install, began_at: int) -> bool:
    """Whether a boot that began then cannot be the machine's own: this attempt has verified it off since."""
    return bool(install.bmc_address) and began_at < install.cleared_at


def boots_another(machine: Machine, install: Install, request: BootRequest) -> bool:
    """Whether a boot request that names this machine comes from another one: by a port that the register does not
    have, or with another UUID than the one that was inspected. Such a request proves nothing."""
    other_port = bool(machine.ports) and all(nic.mac != request.mac for nic in machine.ports)
    return other_port or _differs(install.smbios_uuid, request.uuid)


def _differs(one: str, other: str) -> bool:
    return bool(uuid_forms(one) and uuid_forms(other)) and not same_uuid(one, other)
