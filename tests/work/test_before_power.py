"""Nothing touches a machine's power before its BMC is proven, it looks dead, and the hook agrees."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from rackwright.app.explain import explain
from rackwright.oob.fake import Behaviour, FakeMachine
from rackwright.ports import How
from rackwright.reach.fake import FakeHook
from rackwright.settings import HardwareModelSettings
from rackwright.store import machines, schema
from rackwright.store.store import Store
from rackwright.values.bmc import Unproven
from rackwright.values.errors import OperatorMustFix
from rackwright.values.install import State
from rackwright.values.machine import Bmc, Protection, Runs, Service
from rackwright.work.start_machine import TRIES
from tests.robot import Robot
from tests.story import START_US, Site, machine_with
from tests.work.test_power import Watched

ADDRESS = "10.77.0.11"
UUID, OTHER_UUID = "4c4c4544-0032-4410-804d-b7c04f313257", "11111111-2222-3333-4444-555555555556"
SWAPPED = "44454c4c-3200-1044-804d-b7c04f313257"


def started(site: Site) -> Watched:
    """What was done to the machine's BMC by the start that is due now."""
    watched = Watched(site)
    site.tick()
    site.power(watched)
    return watched


def change(site: Site, name: str = "web01", **values: Any) -> None:
    site.store.write(lambda tx: machines.put(tx, machine_with(site.machine(name), **values)))


def has_matched(site: Site, name: str, uuid: str, bmc_guid: str = "") -> None:
    """As if the machine had reported this UUID when it was installed before."""
    i = schema.install
    install = site.install(name)
    values = {"smbios_uuid": uuid, "bmc_guid": bmc_guid}
    site.store.write(lambda tx: tx.execute(update(i).where(i.c.id == install.id).values(**values)) and None)


def held(site: Site, watched: Watched, key: str) -> None:
    """Held with this cause, nothing touched; and a second start of the same effect changes nothing."""
    assert (site.state(), site.install().cause.get("key"), watched.acts) == (State.HELD, key, [])
    before = site.install(), site.kinds()
    site.wait(60)
    assert site.power(watched) == 0
    assert (site.install(), site.kinds()) == before
    for language in ("en", "zh"):
        view = site.view(language=language)
        assert not view.text.startswith("cause_")
        assert "rackwright" in view.next
    assert "sanboot" in Robot(site).asks_to_boot()


# Whose BMC


def test_a_bmc_with_the_serial_of_another_machine_is_held_and_names_both(site: Site) -> None:
    site.register(2)
    site.bmc().fru_serial = "sn0002"
    held(site, started(site), "bmc_of_another_machine")
    assert "web01" in site.view().text
    assert "web02" in site.view().text


def test_a_bmc_whose_guid_another_machine_has_reported_is_held_and_names_both(site: Site) -> None:
    site.register(2)
    site.arm("web02")
    has_matched(site, "web02", OTHER_UUID)
    site.cancel("web02")
    site.bmc().fru_serial, site.bmc().guid = "", OTHER_UUID
    held(site, started(site), "bmc_of_another_machine")
    assert "web02" in site.view().text


def test_a_bmc_with_another_guid_than_the_machine_is_held(site: Site) -> None:
    has_matched(site, "web01", UUID)
    site.bmc().fru_serial, site.bmc().guid = "", OTHER_UUID
    held(site, started(site), "bmc_of_another_machine")


def test_after_the_register_was_put_right_a_retry_goes_on(site: Site) -> None:
    site.bmc().fru_serial = "SN0002"
    started(site)
    site.rack.rack["10.77.1.77"] = FakeMachine(fru_serial="SN0001")
    bmc = machine_with(site.machine()).bmc
    change(site, bmc=Bmc(bmc.type, "10.77.1.77", bmc.user, bmc.password))
    assert len(site.arm(retry=True)) == 1
    started(site)
    assert site.kinds()[-1] == "powered_on"


@pytest.mark.parametrize("guid", [UUID, SWAPPED, SWAPPED.upper()])
def test_a_guid_proves_it_in_either_order(site: Site, guid: str) -> None:
    has_matched(site, "web01", UUID)
    site.bmc().guid, site.bmc().fru_serial, site.bmc().on = guid, "BLADE7", True
    assert started(site).acts == ["power_off", "netboot_once", "power_on"]
    assert (site.install().bmc_proof, site.install().bmc_guid) == ("guid", guid)
    assert "bmc_proven_guid" in site.kinds()


def test_the_serial_proves_it_where_no_uuid_is_known(site: Site) -> None:
    site.bmc().fru_serial = "sn0001"
    started(site)
    assert (site.install().bmc_proof, site.install().bmc_address) == ("fru", "10.77.1.1")


def says_nothing(site: Site, on: bool) -> None:
    site.bmc().fru_serial, site.bmc().guid, site.bmc().on = "", "", on


def test_an_unproven_machine_that_is_off_is_switched_on_and_never_off(site: Site) -> None:
    says_nothing(site, on=False)
    assert started(site).acts == ["netboot_once", "power_on"]
    assert site.install().bmc_proof == "off"
    assert "bmc_unproven_off" in site.kinds()


def test_an_unproven_machine_that_is_on_is_held(site: Site) -> None:
    says_nothing(site, on=True)
    held(site, started(site), "bmc_unproven")


def test_an_unproven_machine_that_somebody_switched_on_meanwhile_is_held(site: Site) -> None:
    says_nothing(site, on=False)

    class SwitchesOn(FakeHook):
        def ask(self, question: Any) -> Any:
            site.bmc().on = True
            return FakeHook.ask(self, question)

    site.hook = SwitchesOn()
    held(site, started(site), "bmc_unproven")


def test_what_this_attempt_switched_on_it_may_switch_off_again(site: Site) -> None:
    says_nothing(site, on=False)
    started(site)
    assert site.bmc().on
    site.wait(1801)
    watched = started(site)
    assert watched.acts == ["power_off", "netboot_once", "power_on"]
    assert site.install().tries == 1


def test_another_bmc_in_the_register_since_is_not_the_one_that_was_switched_on(site: Site) -> None:
    says_nothing(site, on=False)
    started(site)
    site.rack.rack["10.77.1.77"] = FakeMachine(guid="", on=True)
    bmc = site.machine().bmc
    change(site, bmc=Bmc(bmc.type, "10.77.1.77", bmc.user, bmc.password))
    site.wait(1801)
    assert started(site).acts == []
    assert site.install().cause["key"] == "bmc_unproven"


@pytest.mark.parametrize(("setting", "on", "acts"), [
    (Unproven.HOLD, False, []),
    (Unproven.HOLD, True, []),
    (Unproven.IF_OFF, True, []),
    (Unproven.IF_OFF, False, ["netboot_once", "power_on"]),
    (Unproven.TRUST, True, ["power_off", "netboot_once", "power_on"]),
    (Unproven.TRUST, False, ["power_off", "netboot_once", "power_on"]),
])  # fmt: skip
def test_the_models_setting_decides_what_nobody_can_say(
    sqlite_store: Store, tmp_path: Any, setting: Unproven, on: bool, acts: list[str]
) -> None:
    site = Site(sqlite_store, tmp_path, hardware_model={"R710": HardwareModelSettings(bmc_unproven=setting)})
    site.register(model="R710")
    site.arm()
    says_nothing(site, on)
    assert started(site).acts == acts
    assert (site.state() is State.HELD) is (acts == [])


def test_a_bmc_that_does_not_say_who_it_is_just_now_is_asked_again(site: Site) -> None:
    site.bmc().behaviour = Behaviour.BUSY
    assert started(site).acts == []
    assert site.kinds()[-1] == "bmc_retry"
    site.bmc().behaviour = Behaviour.HONEST
    site.wait(6)
    site.power()
    assert site.kinds()[-1] == "powered_on"


# Alive?


@pytest.mark.parametrize("how", How)
def test_a_machine_that_answers_is_held_and_says_where(site: Site, how: How) -> None:
    change(site, addresses=("10.77.0.10/24", f"{ADDRESS}/24"))
    site.liveness.answers[ADDRESS] = how
    held(site, started(site), "machine_alive")
    assert ADDRESS in site.view().text
    assert "--retry web01 --live-ok web01" in site.view().next


def test_a_retry_with_its_typed_name_goes_on_and_is_told(site: Site) -> None:
    change(site, addresses=(f"{ADDRESS}/24",))
    site.liveness.answers[ADDRESS] = How.PING
    started(site)
    assert len(site.arm(retry=True)) == 1
    started(site)
    assert site.state() is State.HELD
    assert len(site.arm(retry=True, live_ok=("web01",), actor="bob", reason="it is empty")) == 1
    started(site)
    assert site.kinds()[-1] == "powered_on"
    assert "alive_allowed" in site.kinds()
    assert "bob typed its name" in " ".join(line.text for line in site.log())
    assert (site.install().armed_by, site.install().reason) == ("bob", "it is empty")


def test_a_retry_without_a_reason_keeps_the_one_it_was_armed_with(site: Site) -> None:
    change(site, addresses=(f"{ADDRESS}/24",))
    site.liveness.answers[ADDRESS] = How.PING
    site.cancel()
    site.clock.go(1)
    site.arm(reason="new kernel")
    started(site)
    site.arm(retry=True)
    assert site.install().reason == "new kernel"


def test_the_typed_name_counts_for_its_attempt_alone(site: Site) -> None:
    site.cancel()
    site.clock.go(1)
    site.arm(live_ok=("web01",))
    site.tick()
    site.bmc().fru_serial = "SN0002"
    site.power()
    assert site.install().live_ok
    site.arm(retry=True)
    assert not site.install().live_ok


@pytest.mark.parametrize("name", ["web02", "WEB01", "SN0001", ""])
def test_only_the_exact_name_of_a_selected_machine_counts(site: Site, name: str) -> None:
    site.cancel()
    with pytest.raises(OperatorMustFix, match="live_ok_not_selected"):
        site.arm("web01", live_ok=(name,))
    assert site.state() is State.CANCELLED


def test_a_machine_that_phoned_home_lately_is_held_and_later_is_not(site: Site) -> None:
    change(site, runs=Runs("debian-12", "x", START_US - 60_000_000))
    held(site, started(site), "phoned_home_lately")
    site.wait(24 * 3600)
    site.arm(retry=True)
    started(site)
    assert site.kinds()[-1] == "powered_on"


def test_a_machine_without_bmc_is_looked_for_too(site: Site) -> None:
    change(site, bmc=Bmc(), addresses=(f"{ADDRESS}/24",))
    site.liveness.answers[ADDRESS] = How.SSH
    held(site, started(site), "machine_alive")


def test_a_server_that_may_not_ask_touches_nothing(site: Site) -> None:
    change(site, addresses=(f"{ADDRESS}/24",))
    site.liveness.forbidden = True
    held(site, started(site), "alive_unknown")
    assert "may not ping" in site.view().text


def test_it_is_looked_for_once_an_attempt(site: Site) -> None:
    change(site, addresses=(f"{ADDRESS}/24",))
    started(site)
    assert site.liveness.asked == [ADDRESS]
    site.liveness.answers[ADDRESS] = How.PING
    site.wait(1801)
    assert started(site).acts == ["power_off", "netboot_once", "power_on"]
    assert site.liveness.asked == [ADDRESS]


def test_a_retry_looks_again_also_after_a_claim(site: Site) -> None:
    change(site, addresses=(f"{ADDRESS}/24",))
    Robot(site).reach(State.FAILED)
    site.liveness.answers[ADDRESS] = How.PING
    site.arm(retry=True)
    assert started(site).acts == []
    assert site.install().cause["key"] == "machine_alive"


def test_a_machine_that_idles_in_our_ram_os_is_not_looked_for(site: Site) -> None:
    change(site, addresses=(f"{ADDRESS}/24",))
    robot = Robot(site).reach(State.HELD)
    robot.polls()
    site.liveness.answers[ADDRESS] = How.PING
    site.arm(retry=True)
    started(site)
    assert site.kinds()[-1] == "already_idle"


# The hook


def test_a_hook_that_refuses_holds_with_its_reason(site: Site) -> None:
    site.hook = FakeHook({"web01": "no ticket\x1b[0m" + "x" * 300})
    held(site, started(site), "hook_refused")
    assert "no ticket\ufffd[0m" in site.view().text
    assert len(site.view().text) < 300


def test_a_hook_hears_who_and_why_and_is_asked_once_an_attempt(site: Site) -> None:
    change(site, owner="web team", rack="A12", labels=(("env", "prod"),))
    site.hook = FakeHook()
    started(site)
    site.wait(1801)
    started(site)
    (asked,) = site.hook.asked
    assert (asked.hostname, asked.serial, asked.rack, asked.owner) == ("web01", "SN0001", "A12", "web team")
    assert (asked.attempt, asked.armed_by, dict(asked.labels)) == (1, "ann", {"env": "prod"})
    assert site.kinds().count("hook_agreed") == 1


def test_a_machine_that_is_alive_is_not_asked_about(site: Site) -> None:
    site.hook = FakeHook()
    change(site, addresses=(f"{ADDRESS}/24",))
    site.liveness.answers[ADDRESS] = How.PING
    started(site)
    assert site.hook.asked == []


def test_who_waits_for_a_silent_hook_is_told_that_and_nothing_of_its_bmc(site: Site) -> None:
    site.hook = FakeHook(silent=True)
    started(site)
    told = site.store.read(lambda tx: explain(tx, site.clock(), site.context, "en", "web01"))
    assert told.waits == "hook_again"
    assert told.next == ["hook_again"]
    assert "the pre-install hook" in told.text
    assert "BMC" not in told.text


def test_a_hook_without_answer_is_asked_five_times_and_then_a_person(site: Site) -> None:
    site.hook = FakeHook(silent=True)
    watched = started(site)
    for _ in range(TRIES - 1):
        assert site.state() is State.STARTING
        while not site.power(watched):
            site.tick()
    assert site.kinds().count("hook_retry") == TRIES - 1
    assert len(site.hook.asked) == TRIES
    assert site.machine().bmc.cipher == 17
    held(site, watched, "hook_unanswered")


def test_a_hook_that_answers_at_last_lets_it_go_on(site: Site) -> None:
    site.hook = FakeHook(silent=True)
    started(site)
    site.hook.silent = False
    site.wait(6)
    site.power()
    assert site.kinds()[-1] == "powered_on"


@pytest.mark.parametrize("what", ["cancelled", "protected", "put into service"])
def test_whatever_happens_while_the_hook_thinks_stops_the_start(site: Site, what: str) -> None:
    class Slow(FakeHook):
        def ask(self, question: Any) -> Any:
            match what:
                case "cancelled":
                    site.cancel()
                case "protected":
                    change(site, protection=Protection("ann", "payroll", 1))
                case _:
                    change(site, service=Service.IN_SERVICE)
            return FakeHook.ask(self, question)

    site.hook = Slow()
    assert started(site).acts == []
    assert site.state() is (State.CANCELLED if what == "cancelled" else State.FAILED)
    assert site.install().cleared_at == 0
