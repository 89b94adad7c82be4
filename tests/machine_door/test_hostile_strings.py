"""What a machine says is data: never in a boot script, bounded and visible in events, never a crash."""

from __future__ import annotations

import json

import pytest

from rackwright.store import sightings
from rackwright.store.store import Tx
from rackwright.values.install import State
from tests.builders import SITE
from tests.robot import DISK, Robot
from tests.story import DOOR, Site

CANARY = "CANARY4711"
HOSTILE = {
    "quotes": f"{CANARY}'\"`$(reboot)\\",
    "lines": f"{CANARY}\nchain http://evil/\r\nkernel x",
    "iPXE's variables": f"{CANARY}${{net0/mac}}${{uuid}}",
    "percent": f"{CANARY}%0a%0d%00",
    "NUL": f"{CANARY}\0\0",
    "terminal escapes": f"{CANARY}\x1b[2J\x1b]0;owned\x07\u009b31m",
    "unicode": f"{CANARY}\u202e\u2028\u0085序列号\U0001f4a3",
    "ten kilobytes": CANARY * 1000,
    "template": f"{CANARY}{{0.__class__}}{{path}}%s%(x)s",
    "markup": f"{CANARY}<script>alert(1)</script>[red]",
    "sql": f"{CANARY}'; drop table machine; --",
}
VARIABLES = ("serial", "uuid", "manufacturer", "product", "asset", "platform", "arch")
hostile = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)


def everything_stored(site: Site) -> list[str]:
    """Every text of events, sightings, discovered machines."""

    def look(tx: Tx) -> list[str]:
        found = sightings.all_discovered(tx, SITE, 1000)
        texts = [t for d in found for t in (d.serial, d.vendor, d.model)]
        seen = sightings.of_machine(tx, SITE, site.machine().id)
        return texts + [str(v) for s in seen.values() for v in s.values.values()]

    lines = site.log()
    events = [str(value) for line in lines for value in line.values.values()] + [line.text for line in lines]
    return events + site.store.read(look)


def is_tame(text: str) -> bool:
    return text.isprintable() and len(text) <= 1500


@hostile
def test_no_variable_of_ipxe_gets_into_a_boot_script(any_site: Site, text: str) -> None:
    site = any_site
    plain = Robot(site).asks_to_boot()
    for variable in VARIABLES:
        assert Robot(site).asks_to_boot(**{variable: text}) == plain
    site.tick()
    site.power()
    scripts = [Robot(site).asks_to_boot(**{variable: text}) for variable in VARIABLES]
    assert len(set(scripts)) == 1
    assert CANARY not in scripts[0]
    site.tick()
    assert all(map(is_tame, everything_stored(site)))


@hostile
def test_no_variable_of_an_unknown_machine_gets_into_a_boot_script(any_site: Site, text: str) -> None:
    for platform in ("pcbios", "efi"):
        robot = Robot(any_site, number=9)
        query = dict.fromkeys(("serial", "uuid", "manufacturer", "product", "asset", "arch"), text)
        assert CANARY not in robot.asks_to_boot(**query, platform=platform)
    any_site.tick()
    found = any_site.store.read(lambda tx: sightings.all_discovered(tx, SITE, 10))
    assert len(found) == 1, "the flusher must survive it"
    assert all(map(is_tame, everything_stored(any_site)))


@hostile
def test_a_mac_that_is_none_gets_a_script_that_goes_on_to_the_disk(site: Site, text: str) -> None:
    for mac in (text, "", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00", "01:00:5e:00:00:01"):
        answer = site.client("10.77.0.101").get("/v1/boot", params={"mac": mac})
        assert answer.status_code == 200
        assert answer.text.startswith("#!ipxe\n")
        assert answer.text.endswith("exit 1\n")
        assert CANARY not in answer.text


@hostile
def test_hostile_facts_are_bounded_and_visible_in_the_timeline(any_site: Site, text: str) -> None:
    site = any_site
    robot = Robot(site).reach(State.INSPECTING)
    disk = {**DISK, "device": text, "path": text, "wwn": text, "model": text, "serial": text}
    nic = {"name": text, "mac": text, "driver": text, "path": text}
    told = dict.fromkeys(("serial", "uuid", "vendor", "model", "asset_tag", "firmware_version", "boot_mode"), text)
    facts = robot.facts()
    robot.joins(**told, disks=[disk], nics=[*facts["nics"], nic], kernel=text, boot_mac=text)
    assert site.state() is State.HELD
    assert all(map(is_tame, everything_stored(site)))
    assert is_tame(site.view().text)
    # Two commands, or none, and their words: what is reported begins no line of its own.
    assert len(site.view().next.splitlines()) == 5
    assert all(line.isprintable() for line in site.view().next.split("\n"))
    assert CANARY not in robot.asks_to_boot()


@hostile
def test_hostile_events_are_bounded_and_visible_in_the_timeline(any_site: Site, text: str) -> None:
    site = any_site
    robot = Robot(site).reach(State.INSTALLING)
    robot.sends({"seq": 1, "kind": text, "values": {text: text, "key": text, "step": text, "error": text}})
    robot.seq = 1
    robot.polls(step=text, done_bytes=2**70, total_bytes=-1)
    robot.reports("step_failed", step=text, error=text, number=10**300, ratio=1.5, yes=True)
    robot.hands_over(esp_volume_id=text, boot_mode=text, disk_serial=text)
    assert site.state() is State.FIRST_BOOT
    assert site.install().esp_volume_id == ""
    assert CANARY not in robot.asks_to_boot(platform="efi")
    site.tick()
    assert all(map(is_tame, everything_stored(site)))


def test_an_event_with_too_many_values_keeps_the_first_few(site: Site) -> None:
    robot = Robot(site).reach(State.INSTALLING)
    robot.reports("step_started", **{f"v{n}": n for n in range(1000)})
    assert len(site.log()[-1].values) == 16


def test_a_reported_serial_cannot_become_a_command_in_what_to_do_next(site: Site) -> None:
    robot = Robot(site).reach(State.INSPECTING)
    robot.serial = "X; rm -rf / #"
    robot.joins()
    assert "serial='X; rm -rf / #'" in site.view().next
    assert "serial=X;" not in site.view().next


@hostile
def test_the_local_loader_takes_nothing_but_a_volume_id(site: Site, text: str) -> None:
    from dataclasses import replace

    from starlette.testclient import TestClient

    from rackwright.doors.machine.app import machine_app

    app = machine_app(replace(site.deps, local_loader=b"loader @ESPUUID@ end"))
    client = TestClient(app, base_url=DOOR, client=("10.77.0.101", 1))
    assert client.get("/localboot.efi", params={"esp": "1A2B-3C4D"}).content == b"loader 1A2B-3C4D end"
    assert client.get("/localboot.efi", params={"esp": text}).content == b"loader @ESPUUID@ end"


def test_discovered_machines_carry_hostile_facts_only_as_json(any_site: Site) -> None:
    robot = Robot(any_site, number=9)
    robot.joins(vendor=HOSTILE["NUL"], model=HOSTILE["lines"], disks=[{**DISK, "model": HOSTILE["NUL"]}])
    (seen,) = any_site.store.read(lambda tx: sightings.all_discovered(tx, SITE, 10))
    assert json.loads(seen.facts)["disks"][0]["model"] == HOSTILE["NUL"]
    assert is_tame(seen.vendor)
