"""A seed says what stands in the rack, and the register is true of it but for what is meant to be wrong."""

from __future__ import annotations

from fleet.faults import FAULTS, Faults
from fleet.rack import Oddity, build, register_csv


def test_the_same_seed_builds_the_same_rack_and_another_one_another() -> None:
    assert build(40, 7, FAULTS["heavy"]) == build(40, 7, FAULTS["heavy"])
    assert build(40, 7, FAULTS["heavy"]) != build(40, 8, FAULTS["heavy"])


def test_without_faults_every_row_is_true() -> None:
    for body in build(30, 7, Faults()):
        assert body.row is not None
        assert (body.row.serial, body.row.bmc_address) == (body.serial, body.bmc_address)
        assert body.row.macs == tuple(port.mac for port in body.ports)
        assert not body.oddities


def test_no_two_ports_share_a_mac_or_an_address() -> None:
    ports = [port for body in build(1000, 7, FAULTS["heavy"]) for port in body.ports]
    assert len({port.mac for port in ports}) == len({port.address for port in ports}) == len(ports)


def test_swapped_bmcs_point_at_each_other() -> None:
    bodies = build(100, 7, Faults(swapped_bmcs=0.5))
    swapped = [body for body in bodies if body.has(Oddity.SWAPPED_BMCS)]
    owner = {body.bmc_address: body for body in bodies}
    assert len(swapped) == 50
    for body in swapped:
        assert body.row is not None
        other = owner[body.row.bmc_address]
        assert other is not body
        assert other.row is not None
        assert other.row.bmc_address == body.bmc_address


def test_a_clone_has_the_serial_of_a_registered_machine_and_no_row() -> None:
    bodies = build(50, 7, Faults(clone=0.5))
    serials = {body.serial for body in bodies if body.row}
    clones = [body for body in bodies if body.has(Oddity.CLONE)]
    assert clones
    assert all(clone.row is None and clone.serial in serials for clone in clones)


def test_the_register_has_a_line_for_each_machine_that_has_a_row() -> None:
    bodies = build(30, 7, FAULTS["heavy"])
    lines = register_csv(bodies).decode().splitlines()
    assert len(lines) == 1 + sum(1 for body in bodies if body.row)
