"""Import, set and export against a real database: verdicts become rows, all or none, with their events."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from rackwright.app.bmc_password import open_bmc_password
from rackwright.app.export_machines import export_machines
from rackwright.app.import_machines import ImportReport, import_in_chunks
from rackwright.app.machine_view import machine_view
from rackwright.app.set_machine import set_machine
from rackwright.app.spreadsheets import read_sheet
from rackwright.store import events, installs, machines
from rackwright.store.store import Store
from rackwright.values.errors import NotFound, OperatorMustFix, Transient
from rackwright.values.install import State
from rackwright.values.machine import Machine
from rackwright.vault.vault import Vault
from tests.builders import SITE, install, machine

NOW = 1_700_000_000_000_000
VAULT = Vault(b"k" * 32)
CSV = """hostname,serial,macs,addresses,gateway,bmc_address,bmc_user,bmc_password,labels,rack
web01,712DM2X,52:54:00:aa:bb:01=install,10.0.0.5/24,10.0.0.1,10.0.1.5,admin,canary-1,env=prod;team=web,A12
web02,712DM2Y,52:54:00:aa:bb:02=install,10.0.0.6/24,10.0.0.1,10.0.1.6,admin,canary-2,,A12
db01,,52:54:00:aa:bb:03,fd00::7/64,,,,,,B7
"""


def bring(store: Store, text: str | bytes, *, dry_run: bool = False, skip_bad: bool = False) -> ImportReport:
    sheet = read_sheet(text.encode() if isinstance(text, str) else text)
    return import_in_chunks(
        store, NOW, VAULT, SITE, sheet, actor="ann", dry_run=dry_run, skip_bad=skip_bad, note=lambda _tx, _told: None
    )


def everyone(store: Store) -> dict[str, Machine]:
    return {machine.hostname: machine for machine in store.read(lambda tx: machines.everyone(tx, SITE))}


def timeline(store: Store, hostname: str) -> list[tuple[str, dict[str, object]]]:
    machine_id = everyone(store)[hostname].id
    return [(e.kind, dict(e.values)) for e in store.read(lambda tx: events.of_machine(tx, SITE, machine_id, 0, 99))]


def change(store: Store, name: str, reason: str = "", **changes: str) -> Machine:
    return store.write(lambda tx: set_machine(tx, NOW, VAULT, SITE, name, changes, "ann", reason))


@pytest.fixture
def filled(store: Store) -> Store:
    assert bring(store, CSV).written == 3
    return store


def arm(store: Store, hostname: str, state: State) -> None:
    known = everyone(store)[hostname]
    store.write(lambda tx: installs.add(tx, install().of(known).standing(state).build()))


def test_an_import_makes_machines_with_sealed_passwords_and_events(filled: Store) -> None:
    web = everyone(filled)["web01"]
    assert (web.serial, web.nics[0].role, web.addresses, web.rack) == ("712DM2X", "install", ("10.0.0.5/24",), "A12")
    assert web.labels == (("env", "prod"), ("team", "web"))
    assert "canary" not in web.bmc.password
    assert open_bmc_password(VAULT, web) == "canary-1"
    assert timeline(filled, "web01") == [("machine_added", {"hostname": "web01"})]


def test_importing_twice_changes_nothing(filled: Store) -> None:
    before = everyone(filled)
    again = bring(filled, CSV)
    assert (again.written, again.counts) == (0, {"new": 0, "changed": 0, "unchanged": 3, "error": 0})
    assert everyone(filled) == before


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_an_export_imports_back_unchanged_here_and_into_an_empty_register(filled: Store, file_format: str) -> None:
    change(
        filled,
        "db01",
        console_port="",
        owner="=cmd|'x'!A1",
        vlan="7",
        disk="size>=400G lowest-slot",
        state="in service",
    )
    content = filled.read(lambda tx: export_machines(tx, SITE, file_format))
    assert b"canary" not in content
    assert bring(filled, content).counts["unchanged"] == 3
    before = everyone(filled)
    filled.write(lambda tx: [tx.exec_driver_sql(f"DELETE FROM {table}") for table in ("event", "machine")])
    assert bring(filled, content).counts["new"] == 3
    for name, kept in everyone(filled).items():
        old, new = machine_view(before[name]), machine_view(kept)
        differing = {"id", "version", "bmc_password_set"}
        assert {f: getattr(old, f) for f in old.__slots__ if f not in differing} == {
            f: getattr(new, f) for f in new.__slots__ if f not in differing
        }


def test_one_wrong_row_and_nothing_is_written(store: Store) -> None:
    report = bring(store, CSV + "web03,712DM2X,,,,,,,,\n")
    assert (report.written, report.counts["error"], report.counts["new"]) == (0, 2, 2)
    assert everyone(store) == {}


def test_skip_bad_writes_the_good_rows(store: Store) -> None:
    report = bring(store, CSV + "web_03,X,,,,,,,,\n", skip_bad=True)
    assert (report.written, report.counts["error"]) == (3, 1)
    assert set(everyone(store)) == {"web01", "web02", "db01"}


def test_a_dry_run_writes_nothing(store: Store) -> None:
    report = bring(store, CSV, dry_run=True)
    assert (report.written, report.counts["new"]) == (0, 3)
    assert everyone(store) == {}


def test_a_wrong_header_writes_nothing_even_with_skip_bad(store: Store) -> None:
    assert bring(store, "hostname,colour\nweb01,red\n", skip_bad=True).written == 0


def test_two_machines_swap_serials_macs_addresses_and_bmcs(filled: Store) -> None:
    before = everyone(filled)
    swapped = CSV.replace("web01", "x").replace("web02", "web01").replace("x,712", "web02,712", 1)
    report = bring(filled, swapped)
    assert report.counts == {"new": 0, "changed": 2, "unchanged": 1, "error": 0}
    after = everyone(filled)
    assert (after["web01"].serial, after["web02"].serial) == ("712DM2Y", "712DM2X")
    assert after["web01"].nics == before["web02"].nics
    assert open_bmc_password(VAULT, after["web01"]) == "canary-2"
    assert timeline(filled, "web01")[1][1]["fields"] == "serial, macs, addresses, bmc_address, bmc_password"


def test_an_external_id_renames_its_machine(store: Store) -> None:
    bring(store, "hostname,external_id\nweb01,E1\nweb02,E2\n")
    bring(store, "hostname,external_id\nweb09,E1\nweb02,E2\n")
    assert {name: m.external_id for name, m in everyone(store).items()} == {"web09": "E1", "web02": "E2"}


def test_the_own_site_may_be_spelled_in_capitals_in_a_file_and_by_hand(filled: Store) -> None:
    assert bring(filled, f"hostname,site\nweb01,{SITE.upper()}\n").counts["error"] == 0
    change(filled, "web01", site=SITE.upper())
    assert everyone(filled)["web01"].site == SITE


def test_a_row_changed_between_judging_and_writing_is_not_overwritten(
    filled: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = filled.write

    def slow(f):  # type: ignore[no-untyped-def]
        monkeypatch.undo()
        change(filled, "web01", owner="bob")
        return write(f)

    monkeypatch.setattr(filled, "write", slow)
    with pytest.raises(Transient, match="register_changed_meanwhile"):
        bring(filled, "hostname,owner\nweb01,ann\n")
    assert everyone(filled)["web01"].owner == "bob"


def test_concurrent_imports_of_the_same_machines_leave_one_of_each(store: Store) -> None:
    def start(_: int) -> int:
        try:
            return bring(store, CSV).written
        except Transient:
            return 0

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(start, range(4))) == 3
    assert bring(store, CSV).counts["unchanged"] == 3


def test_set_changes_fields_by_the_same_columns(filled: Store) -> None:
    after = change(filled, "712DM2X", **{"hostname": "web09", "labels.env": "test", "labels.team": "", "rack": ""})
    assert (after.hostname, after.labels, after.rack, after.serial) == ("web09", (("env", "test"),), "", "712DM2X")
    assert timeline(filled, "web09")[1] == (
        "machine_changed",
        {"hostname": "web09", "fields": "hostname, rack, labels"},
    )


def test_set_seals_a_password_and_keeps_it_when_blank(filled: Store) -> None:
    assert open_bmc_password(VAULT, change(filled, "web01", bmc_password="canary-9")) == "canary-9"
    assert open_bmc_password(VAULT, change(filled, "web01", bmc_password="")) == "canary-9"
    assert change(filled, "web01", bmc_password="-").bmc.password == ""
    assert "canary" not in str(timeline(filled, "web01"))


def test_setting_what_is_there_changes_nothing(filled: Store) -> None:
    version = everyone(filled)["web01"].version
    assert change(filled, "web01", rack="A12", bmc_password="canary-1").version == version
    assert len(timeline(filled, "web01")) == 1


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"serial": "712DM2Y"}, "register_duplicate"),
        ({"hostname": "web02"}, "register_duplicate"),
        ({"macs": "52:54:00:aa:bb:02"}, "register_duplicate"),
        ({"addresses": "10.0.0.6/24"}, "register_duplicate"),
        ({"bmc_address": "10.0.1.6"}, "register_duplicate"),
        ({"gateway": "10.9.9.9"}, "register_gateway_elsewhere"),
        ({"vlan": "x"}, "register_vlan"),
        ({"hostname": ""}, "register_cannot_be_empty"),
        ({"site": "bj2"}, "register_other_site"),
        ({"colour": "red"}, "field_unknown"),
    ],
)
def test_set_refuses_what_an_import_refuses(filled: Store, changes: dict[str, str], key: str) -> None:
    with pytest.raises(OperatorMustFix) as caught:
        change(filled, "web01", **changes)
    assert caught.value.key == key
    assert len(timeline(filled, "web01")) == 1


def test_set_of_an_unknown_machine(store: Store) -> None:
    with pytest.raises(NotFound):
        change(store, "web77", rack="A1")


def test_an_install_under_way_keeps_its_machine_as_it_is_unless_a_reason_is_given(filled: Store) -> None:
    arm(filled, "web01", State.INSTALLING)
    with pytest.raises(OperatorMustFix, match="register_install_under_way"):
        change(filled, "web01", serial="S1")
    assert bring(filled, "hostname,serial\nweb01,S1\n").counts["error"] == 1
    assert change(filled, "web01", rack="C1").rack == "C1"
    assert change(filled, "web01", reason="board replaced", serial="S1").serial == "S1"
    assert timeline(filled, "web01")[-1][1]["reason"] == "board replaced"


def test_a_held_install_waits_for_just_such_an_edit(filled: Store) -> None:
    arm(filled, "web01", State.HELD)
    assert change(filled, "web01", serial="S1").serial == "S1"


def test_a_known_cipher_suite_stays_until_the_bmc_has_another_address(filled: Store) -> None:
    web = everyone(filled)["web01"]
    filled.write(lambda tx: machines.set_cipher(tx, SITE, web.id, 17))
    assert change(filled, "web01", rack="C1").bmc.cipher == 17
    assert change(filled, "web01", bmc_address="10.0.1.99").bmc.cipher is None


def test_another_site_in_the_same_database_is_not_in_the_way(filled: Store) -> None:
    twin = machine().named("web01").with_serial("712DM2X").having(site="bj2").build()
    filled.write(lambda tx: machines.put(tx, twin))
    assert bring(filled, CSV).counts["unchanged"] == 3


def row(n: int) -> str:
    octets = f"{n // 250 % 250}.{n % 250 + 1}"
    mac = f"52:54:00:00:{n // 256:02x}:{n % 256:02x}"
    return f"h{n:05},S{n:06},{mac}=install,10.1.{octets}/16,10.1.0.254,10.2.{octets},admin,secret-{n},env=prod,R{n // 40}\n"


@pytest.mark.slow
def test_ten_thousand_rows(sqlite_store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    text = CSV.splitlines()[0] + "\n" + "".join(row(n) for n in range(10_000))
    used: list[float] = []
    for expected in ("new", "unchanged"):
        began = time.process_time()
        report = bring(sqlite_store, text)
        used.append(time.process_time() - began)
        assert report.counts[expected] == 10_000, report.counts
    with capsys.disabled():
        print(f"\n10,000 rows: {used[0]:.1f} s of CPU new, {used[1]:.1f} s unchanged")
    assert used[0] < 120
