"""How far a machine came, by DHCP, TFTP and the files it fetches: sightings of the right machine, and nothing moves."""

from __future__ import annotations

from dataclasses import dataclass, field

from rackwright.ports import DhcpEvent, DhcpStep
from rackwright.store import machines, sightings
from rackwright.values.install import State
from rackwright.values.machine import RegisteredNic
from rackwright.work.watch_dhcp import DhcpWatch
from tests.robot import Robot
from tests.story import SITE, Site, mac_of


@dataclass
class FakeDhcp:
    """The DhcpEvents port, in memory."""

    waiting: list[DhcpEvent] = field(default_factory=list[DhcpEvent])

    def drain(self) -> list[DhcpEvent]:
        taken, self.waiting = self.waiting, []
        return taken


def dhcp(site: Site, step: DhcpStep, mac: str = "", address: str = "10.77.0.101", detail: str = "br0") -> None:
    """dnsmasq sees it, and the work process looks."""
    DhcpWatch(
        site.store, SITE, FakeDhcp([DhcpEvent(site.clock(), step, mac, address, detail)]), site.leases
    ).look()  # fmt: skip


def seen(site: Site, name: str = "web01") -> dict[str, sightings.Sighting]:
    return site.store.read(lambda tx: sightings.of_machine(tx, SITE, site.machine(name).id))


def test_a_lease_is_seen_of_the_machine_whose_port_took_it_and_moves_nothing(any_site: Site) -> None:
    with any_site.nothing_moves():
        dhcp(any_site, DhcpStep.FIRMWARE, mac_of(1))
    assert seen(any_site)["dhcp"].values == {"mac": mac_of(1), "address": "10.77.0.101", "interface": "br0"}
    assert any_site.kinds() == ["install_armed"]


def test_a_loader_is_known_by_its_address_alone_whose_lease_says_the_rest(site: Site) -> None:
    site.leases.given["10.77.0.101"] = mac_of(1)
    dhcp(site, DhcpStep.LOADER, detail="snponly.efi")
    assert seen(site)["loader"].values["file"] == "snponly.efi"
    dhcp(site, DhcpStep.LOADER, address="10.77.0.199", detail="undionly.kpxe")
    assert seen(site)["loader"].values["file"] == "snponly.efi"


def test_a_bmc_that_takes_a_lease_is_not_its_machine(site: Site) -> None:
    site.register(2, nics=(RegisteredNic(mac_of(2)), RegisteredNic(mac_of(200), "bmc")))
    dhcp(site, DhcpStep.SYSTEM, mac_of(200))
    dhcp(site, DhcpStep.SYSTEM, mac_of(99))
    assert seen(site, "web02") == {}


def test_what_fetches_the_ram_os_is_whoever_booted_from_that_address(site: Site) -> None:
    (site.directory / "vmlinuz").write_bytes(b"kernel")
    Robot(site).asks_to_boot()
    site.client("10.77.0.101").get("/ramos/vmlinuz")
    site.tick()
    assert seen(site)["kernel"].values == {"file": "vmlinuz", "address": "10.77.0.101"}


def test_another_process_knows_it_by_its_lease(site: Site) -> None:
    site.leases.given["10.77.0.101"] = mac_of(1)
    site.client("10.77.0.101").get("/ramos/initrd.img")
    site.client("10.77.0.199").get("/ramos/vmlinuz")
    site.tick()
    assert seen(site)["kernel"].values["file"] == "initrd.img"


def test_an_address_that_a_stranger_boots_from_is_nobodys_any_more(site: Site) -> None:
    Robot(site).asks_to_boot()
    Robot(site, number=9, serial="STRANGER", address="10.77.0.101").asks_to_boot()
    site.client("10.77.0.101").get("/ramos/vmlinuz")
    site.tick()
    assert "kernel" not in seen(site)


def test_a_failure_tells_how_far_the_machine_came(site: Site) -> None:
    Robot(site).reach(State.STARTING)
    site.power()
    for _ in range(3):
        site.wait(60)
        dhcp(site, DhcpStep.FIRMWARE, mac_of(1))
        site.wait(31 * 60)
        site.power()
    assert site.state() is State.FAILED
    assert "its firmware asked DHCP for a network boot, 1" in site.view().text
    assert "固件为网络启动请求 DHCP" in site.view(language="zh").text


def test_what_is_flushed_late_does_not_take_back_when_the_machine_was_seen_last(site: Site) -> None:
    Robot(site).asks_to_boot()
    site.tick()
    site.clock.go(-5)
    dhcp(site, DhcpStep.FIRMWARE, mac_of(1))
    ((_, _, seen_as),) = site.store.read(lambda tx: machines.page(tx, SITE, {"hostname": "web01"}, "", 1))
    assert seen_as == "boot"
