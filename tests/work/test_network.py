"""Which network an install takes its addresses from: known when it is armed, and put right by what it boots from."""

from __future__ import annotations

from rackwright.app.answer_boot import record_boot
from rackwright.app.context import Context
from rackwright.decide.identify import Known
from rackwright.settings import NetworkSettings
from rackwright.values.boot import BootRequest, Firmware
from rackwright.values.install import State
from tests.robot import Robot
from tests.story import Site, mac_of


def boots_from(site: Site, address: str) -> None:
    """With a second network beside the site's own."""
    other = NetworkSettings(name="other", interface="br1", address="10.88.0.1/24")
    given = site.context.settings
    context = Context(given.model_copy(update={"network": [*given.network, other]}), site.context.vault)
    who = Known(site.machine().id)
    request = BootRequest(mac=mac_of(1), address=address, firmware=Firmware.BIOS, serial="SN0001")
    site.store.write(lambda tx: record_boot(tx, site.clock(), context, who, request))


def test_the_only_network_is_its_network(site: Site) -> None:
    assert site.install().network == "lab"


def test_a_boot_from_another_network_is_counted_there(site: Site) -> None:
    Robot(site).reach(State.STARTING)
    site.power()
    boots_from(site, "10.88.0.5")
    assert (site.state(), site.install().network) == (State.INSPECTING, "other")


def test_a_boot_from_an_address_of_none_of_ours_changes_nothing(site: Site) -> None:
    Robot(site).reach(State.STARTING)
    site.power()
    boots_from(site, "192.0.2.5")
    assert (site.state(), site.install().network) == (State.INSPECTING, "lab")


def test_a_retry_asks_again_where_it_booted_last(site: Site) -> None:
    Robot(site).reach(State.HELD)
    site.tick()
    site.arm(retry=True)
    assert site.install().network == "lab"
