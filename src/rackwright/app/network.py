"""Which installation network an install takes its addresses from, by what was seen and registered of its machine."""

from __future__ import annotations

from rackwright.app.context import Context
from rackwright.decide.network_of import holding, network_of
from rackwright.store import sightings
from rackwright.store.store import Tx
from rackwright.values.machine import Machine


def network_of_machine(tx: Tx, context: Context, machine: Machine) -> str:
    """The network's name, empty when nobody can say."""
    booted = sightings.of_machine(tx, context.site, machine.id).get("boot")
    address = str(booted.values.get("address", "")) if booted else ""
    return network_of(context.settings.networks(), address, machine.addresses)


def network_of_boot(context: Context, address: str, before: str) -> str:
    """That of a boot request from an address; as it was `before` where the address is on none of ours."""
    return holding(context.settings.networks(), address) or before
