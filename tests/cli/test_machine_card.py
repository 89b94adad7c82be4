"""One machine on the screen: what each of its disks holds, as it last reported."""

from __future__ import annotations

from dataclasses import asdict

from rackwright.store import sessions
from rackwright.store.json_text import to_text
from rackwright.store.sessions import Session
from rackwright_wire.facts import Contents, Disk, Facts, Part
from tests.api.conftest import START_US, Office
from tests.builders import SITE, machine
from tests.cli.conftest import Terminal

HOLDS = Contents((Part(0, "table", "gpt"), Part(1, "lvm", "LVM2_member", "", 40 * 10**9)), (), 66, 9, "d")


def test_the_card_says_in_a_line_what_each_disk_holds(office: Office, terminal: Terminal) -> None:
    (web01,) = office.register(machine().named("web01"))
    disks = (
        Disk("/dev/sda", "p1", "S1", "", 480 * 10**9, 512, 512, "sata", contents=HOLDS),
        Disk("/dev/sdb", "p2", "S2", "", 480 * 10**9, 512, 512, "sata", contents=Contents(sampled=66)),
        Disk("/dev/sdc", "p3", "S3", "", 480 * 10**9, 512, 512, "sata"),
    )
    facts = to_text(asdict(Facts(disks=disks)))
    joined = Session(SITE, "s1", "b1", web01.id, "", "10.77.0.101", START_US, facts=facts)
    office.store.write(lambda tx: sessions.put(tx, joined))
    shown = terminal.run("machines", "show", "web01").stdout.splitlines()
    assert "/dev/sda\tgpt; 1: LVM2_member 40 GB" in shown
    assert "/dev/sdb\tempty" in shown
    assert "/dev/sdc\tnot looked at" in shown
