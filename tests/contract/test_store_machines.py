"""A machine comes back from the database as it went in, and is found by what it is called."""

from __future__ import annotations

from dataclasses import replace

from rackwright.store import machines
from rackwright.store.store import Store
from rackwright.values.ids import Mac, new_id
from rackwright.values.machine import Bmc, BmcType, Machine, Protection, RegisteredNic, Runs, Service
from tests.builders import SITE, machine

FULL = Machine(
    id=new_id(), site=SITE, hostname="web01", rack="机柜 12", unit="U7", serial="712DM2X", asset_tag="A-1",
    external_id="E1", nics=(RegisteredNic(Mac("52:54:00:00:00:02"), "production"), RegisteredNic(Mac("52:54:00:00:00:01"))),
    addresses=("10.0.0.5/24", "fd00::5/64"), gateway="10.0.0.1", vlan=4094, dns=("10.0.0.2", "fd00::2"),
    bmc=Bmc(BmcType.IPMI, "10.0.1.5:1623", "admin", "v1:sealed", 17), console_port="ttyS1", console_speed=9600,
    vendor="Dell Inc.", model="PowerEdge R710", disk="size>=400G smallest", os="debian-12", profile="web",
    owner="运维", labels=(("env", "prod"), ("环境", "生产")), service=Service.IN_SERVICE, protection=Protection("ann", "runs payroll", 1),
    runs=Runs("debian-12", "sha256", 1_700_000_000_000_000),
)  # fmt: skip


def kept(store: Store, given: Machine) -> Machine:
    store.write(lambda tx: machines.put(tx, given))
    found = store.read(lambda tx: machines.get(tx, SITE, given.id))
    assert found
    return found


def test_every_field_comes_back(store: Store) -> None:
    assert kept(store, FULL) == FULL
    bare = machine().build()
    assert kept(store, bare) == replace(bare, console_port="ttyS0")


def test_a_change_replaces_everything_and_counts_the_version(store: Store) -> None:
    kept(store, FULL)
    poorer = Machine(id=FULL.id, site=SITE, hostname="web02")
    assert kept(store, poorer) == replace(poorer, version=2)


def test_a_machine_is_found_by_hostname_or_serial_and_the_hostname_wins(store: Store) -> None:
    kept(store, FULL)
    odd = kept(store, machine().named("712dm2x-old").build())
    for name, expected in (
        ("web01", FULL.id),
        ("712DM2X", FULL.id),
        (odd.hostname, odd.id),
        ("", None),
        ("nobody", None),
    ):
        found = store.read(lambda tx, name=name: machines.by_name(tx, SITE, name))
        assert (found.id if found else None) == expected
    serial_like = kept(store, machine().named("x1").with_serial("web01").build())
    found = store.read(lambda tx: machines.by_name(tx, SITE, "web01"))
    assert found
    assert found.id == FULL.id != serial_like.id


def test_whom_serial_and_macs_mean(store: Store) -> None:
    kept(store, FULL)
    other = kept(store, machine().with_macs("52:54:00:00:00:09").build())
    macs = ["52:54:00:00:00:01", "52:54:00:00:00:09", "52:54:00:00:00:77"]
    assert store.read(lambda tx: machines.ids_by_identity(tx, SITE, "712DM2X", macs)) == (FULL.id, {FULL.id, other.id})
    assert store.read(lambda tx: machines.ids_by_identity(tx, SITE, "", [])) == (None, set())
    assert store.read(lambda tx: machines.ids_by_identity(tx, "bj2", "712DM2X", macs)) == (None, set())


def test_pages_in_the_order_of_hostnames(store: Store) -> None:
    for n in range(5):
        kept(store, machine().named(f"web{n}").having(rack="A12" if n % 2 else "B7").build())
    first = store.read(lambda tx: machines.page(tx, SITE, {}, "", 3))
    rest = store.read(lambda tx: machines.page(tx, SITE, {}, first[-1][0].hostname, 3))
    assert [found.hostname for found, _, _ in first + rest] == [f"web{n}" for n in range(5)]
    assert [m.hostname for m, _, _ in store.read(lambda tx: machines.page(tx, SITE, {"rack": "A12"}, "", 9))] == [
        "web1",
        "web3",
    ]


def test_the_last_sign_of_life_is_kept_apart_from_the_version(store: Store) -> None:
    kept(store, FULL)
    store.write(lambda tx: machines.mark_seen(tx, SITE, [(FULL.id, 1_700_000_000_000_001, "boot")]))
    ((found, at, what),) = store.read(lambda tx: machines.page(tx, SITE, {}, "", 1))
    assert (found.version, at, what) == (1, 1_700_000_000_000_001, "boot")


def test_more_machines_than_one_query_may_name(store: Store) -> None:
    many = [
        machine().named(f"m{n:04}").with_macs(f"52:54:00:00:{n // 256:02x}:{n % 256:02x}").build() for n in range(900)
    ]
    store.write(lambda tx: [machines.put(tx, one) for one in many])
    assert store.read(lambda tx: machines.everyone(tx, SITE)) == many
