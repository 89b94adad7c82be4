"""A BMC's password, sealed for its machine's row. In clear text it lives only between here and the driver."""

from __future__ import annotations

from rackwright.values.errors import OperatorMustFix
from rackwright.values.machine import Machine
from rackwright.vault.vault import Place, Vault


def seal_bmc_password(vault: Vault, machine_id: str, password: str) -> str:
    return vault.seal(password, _place(machine_id)) if password else ""


def open_bmc_password(vault: Vault, machine: Machine) -> str:
    """Raises OperatorMustFix when the vault cannot open it: another key, or a row copied by hand."""
    return vault.open(machine.bmc.password, _place(machine.id)) if machine.bmc.password else ""


def is_bmc_password(vault: Vault, machine: Machine, password: str) -> bool:
    """Whether the machine has this password already; False also when nobody can tell."""
    try:
        return open_bmc_password(vault, machine) == password
    except OperatorMustFix:
        return False


def _place(machine_id: str) -> Place:
    return Place("machine", machine_id, "bmc_password")
