"""Whatever the register holds, its export imports back unchanged, here and into an empty register."""

from __future__ import annotations

import ipaddress
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from rackwright.app.export_machines import export_rows
from rackwright.app.spreadsheets import read_sheet, write_csv, write_xlsx
from rackwright.decide import register_cells as cells
from rackwright.decide.disk_selector import TRANSPORTS
from rackwright.decide.register_edit import Register, Verdict
from rackwright.decide.register_fields import FIELDS
from rackwright.decide.register_import import judge
from rackwright.values.ids import Id, Mac, genuine, new_id
from rackwright.values.machine import Bmc, BmcType, Machine, Protection, RegisteredNic, Service
from rackwright.values.sheet import Sheet, SheetRow
from tests.builders import SITE

hostile = st.sampled_from(
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "'quoted",
        "''",
        "'=x",
        "a,b;c",
        'say "hi"',
        "007",
        "1E5",
        "TRUE",
        "2026-01-02",
        "＝1",
    ]
)
printable = st.text(st.characters(exclude_categories=("C", "Z")), max_size=12)
texts = (
    st.one_of(hostile, printable)
    .filter(lambda t: t != "-" and isinstance(cells.words(t), str))
    .map(lambda t: str(cells.words(t)))
)
hostnames = st.from_regex(r"[a-z]([a-z0-9-]{0,10}[a-z0-9])?(\.[a-z]{2,5})?", fullmatch=True)
roles = st.sampled_from(["", "install", "production", "storage-1"])
nics = st.builds(
    lambda n, role: RegisteredNic(Mac(":".join(f"{b:02x}" for b in (0x52, *n.to_bytes(5)))), role),
    st.integers(1, 2**40 - 1), roles,
)  # fmt: skip
v4 = st.builds(
    lambda n, p: f"{ipaddress.IPv4Address(0x0A000000 + n)}/{p}", st.integers(1, 2**24 - 2), st.integers(8, 32)
)
v6 = st.builds(
    lambda n, p: f"{ipaddress.IPv6Address((0xFD << 120) + n)}/{p}", st.integers(1, 2**64), st.integers(48, 128)
)
addresses = st.lists(st.one_of(v4, v6), max_size=3, unique_by=lambda a: a.split("/")[0]).filter(
    lambda found: cells.addresses(" ".join(found)) == tuple(found)
)
labels = st.dictionaries(
    st.from_regex(r"[A-Za-z环][A-Za-z0-9./-]{0,8}", fullmatch=True),
    texts.filter(lambda t: not set(t) & set(";；")),
    max_size=3,
).map(lambda found: tuple(sorted(found.items())))
disks = st.one_of(
    st.just(""),
    st.sampled_from(sorted(TRANSPORTS)).map(lambda t: f"transport={t} smallest"),
    st.integers(1, 9999).map(lambda n: f"size>={n}G size<20000G lowest-slot"),
)
endpoints = st.sampled_from(["10.9.0.1", "10.9.0.1:1623", "bmc.example", "[fd00::9]:623", "fd00::9", ""])


@st.composite
def machines(draw: st.DrawFn) -> Machine:
    here = draw(addresses)
    gateways = [""] + [
        str(other)
        for one in map(ipaddress.ip_interface, here)
        if one.network.num_addresses > 2
        and (other := one.network.network_address + 1) not in [ipaddress.ip_interface(a).ip for a in here]
    ]
    names = st.sampled_from(["", "debian-12", "tiny", "web_server", "007"])
    return Machine(
        id=new_id(), site=SITE, hostname=draw(hostnames), rack=draw(texts), unit=draw(texts),
        serial=draw(texts.filter(lambda t: not t or bool(genuine(t)))).upper(), asset_tag=draw(texts),
        external_id=draw(texts), nics=tuple(draw(st.lists(nics, max_size=3, unique_by=lambda n: n.mac))),
        addresses=tuple(here), gateway=draw(st.sampled_from(gateways)), vlan=draw(st.none() | st.integers(1, 4094)),
        dns=tuple(draw(st.lists(st.sampled_from(["10.0.0.2", "fd00::2", "10.0.0.3"]), unique=True))),
        bmc=Bmc(draw(st.sampled_from(list(BmcType))), draw(endpoints), draw(texts), "v1:sealed", 17),
        console_port=draw(st.sampled_from(["ttyS0", "ttyS1", "ttyAMA0", ""])),
        console_speed=draw(st.sampled_from(cells.SPEEDS)), vendor=draw(texts), model=draw(texts), disk=draw(disks),
        os=draw(names), profile=draw(names), owner=draw(texts), labels=draw(labels),
        service=draw(st.sampled_from(list(Service))), protection=draw(st.sampled_from([None, Protection("", "", 0)])),
    )  # fmt: skip


def distinct(found: list[Machine]) -> list[Machine]:
    """No two share what is unique: later ones lose it."""
    return [
        replace(one, hostname=f"h{n}", serial=f"S{n}{one.serial}", external_id=f"E{n}", nics=(), addresses=(), gateway="",
                bmc=replace(one.bmc, address=""))
        if n else one
        for n, one in enumerate(found)
    ]  # fmt: skip


@settings(max_examples=60)
@given(st.lists(machines(), min_size=1, max_size=3).map(distinct))
def test_an_export_imports_back_unchanged(register: list[Machine]) -> None:
    for content in (write_csv(export_rows(register)), write_xlsx(export_rows(register))):
        assert b"v1:sealed" not in content
        sheet = read_sheet(content)
        again = judge(sheet, Register(SITE, register, frozenset(), lambda *_: False))
        assert [(one.verdict, one.changes, one.problems) for one in again] == [(Verdict.UNCHANGED, (), ())] * len(
            register
        )
        fresh = judge(sheet, Register(SITE, (), frozenset(), lambda *_: False))
        assert [one.verdict for one in fresh] == [Verdict.NEW] * len(register)
        for one, original in zip(fresh, register, strict=True):
            bmc = replace(original.bmc, password="", cipher=None)
            assert one.after == replace(original, id=Id(""), bmc=bmc)


@settings(max_examples=300)
@given(st.sampled_from([field.name for field in FIELDS]), st.text(max_size=40))
def test_no_text_in_any_cell_is_a_bug(field: str, text: str) -> None:
    sheet = Sheet(("external_id" if field == "hostname" else "hostname", field), (SheetRow(2, ("web01", text)),))
    (one,) = judge(sheet, Register(SITE, (), frozenset(), lambda *_: False))
    if not one.problems:
        again = judge(
            read_sheet(write_csv(export_rows([one.after]))), Register(SITE, (), frozenset(), lambda *_: False)
        )
        assert again[0].after == one.after
