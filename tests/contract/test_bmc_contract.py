"""The Bmc port, held by the fake and by ipmitool against a real IPMI 2.0 BMC on loopback."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from rackwright.oob.fake import Behaviour, FakeBmc, FakeMachine
from rackwright.oob.ipmitool import Ipmitool
from rackwright.ports import Bmc, BmcAddress, Power
from rackwright.values.errors import MachineFailed, RackwrightError, Transient

IPMITOOL = Ipmitool(resend_s=1, resends=1, limit_s=10)
USER, PASSWORD = "admin", "canary pass'wd"
GUID = "4c4c4544-0032-4410-804d-b7c04f313259"
SERIAL = "712DM2X"


@dataclass(frozen=True)
class Rack:
    driver: Bmc
    addresses: dict[Behaviour, str]
    cipher: int = 3

    def bmc(self, behaviour: Behaviour = Behaviour.HONEST, password: str = PASSWORD) -> BmcAddress:
        return BmcAddress("web01", "ipmi", self.addresses[behaviour], USER, password, self.cipher)


def fake_rack() -> Rack:
    addresses = {behaviour: f"10.0.0.{number}" for number, behaviour in enumerate(Behaviour, 1)}
    machines = {
        address: FakeMachine(
            USER, PASSWORD, behaviour, cipher=3, guid=GUID, fru_serial="" if behaviour is Behaviour.POOR else SERIAL
        )
        for behaviour, address in addresses.items()
    }
    return Rack(FakeBmc(machines), addresses)


@pytest.fixture(scope="module")
def loopback_rack() -> Iterator[Rack]:
    """A BMC of each behaviour, of which pyghmi's session knows suite 3 alone."""
    ports = {behaviour: free_udp_port() for behaviour in Behaviour}
    given = [f"{b.value}={port}" for b, port in ports.items() if b is not Behaviour.DEAD]
    with running("loopback_bmc.py", *given):
        yield Rack(IPMITOOL, {behaviour: f"127.0.0.1:{port}" for behaviour, port in ports.items()})


@pytest.fixture(scope="module")
def virtual_rack() -> Iterator[Rack]:
    """The virtual rack's own BMC, with suite 17 alone."""
    port = free_udp_port()
    with running("rack_bmc.py", str(port)):
        yield Rack(IPMITOOL, {Behaviour.HONEST: f"127.0.0.1:{port}"}, cipher=17)


@contextlib.contextmanager
def running(program: str, *arguments: str) -> Iterator[None]:
    if shutil.which("ipmitool") is None:
        pytest.skip("ipmitool is not installed")
    here = Path(__file__).parent
    child = subprocess.Popen(
        [sys.executable, str(here / program), *arguments],
        env=os.environ | {"BMC_USER": USER, "BMC_PASSWORD": PASSWORD, "PYTHONPATH": str(here.parents[1])},
        stdout=subprocess.PIPE,
    )
    with child:
        assert child.stdout is not None
        try:
            assert child.stdout.readline() == b"ready\n"
            yield
        finally:
            child.kill()


@pytest.fixture(params=["fake", "ipmitool"])
def rack(request: pytest.FixtureRequest) -> Rack:
    return fake_rack() if request.param == "fake" else off(request.getfixturevalue("loopback_rack"))


@pytest.fixture(params=["fake", "ipmitool", "virtual rack"])
def honest(request: pytest.FixtureRequest) -> Rack:
    if request.param == "virtual rack":
        return off(request.getfixturevalue("virtual_rack"))
    return fake_rack() if request.param == "fake" else off(request.getfixturevalue("loopback_rack"))


def off(found: Rack) -> Rack:
    found.driver.power_off(found.bmc())
    return found


def free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def test_power_is_switched_and_read_back(honest: Rack) -> None:
    bmc = honest.bmc()
    assert honest.driver.power(bmc) is Power.OFF
    honest.driver.power_on(bmc)
    assert honest.driver.power(bmc) is Power.ON
    honest.driver.power_off(bmc)
    assert honest.driver.power(bmc) is Power.OFF


def test_switching_twice_changes_nothing(honest: Rack) -> None:
    bmc = honest.bmc()
    honest.driver.power_off(bmc)
    honest.driver.power_on(bmc)
    honest.driver.power_on(bmc)
    assert honest.driver.power(bmc) is Power.ON


@pytest.mark.parametrize("uefi", [False, True])
def test_netboot_once_holds_twice_in_a_row(honest: Rack, uefi: bool) -> None:
    honest.driver.netboot_once(honest.bmc(), uefi=uefi)
    honest.driver.netboot_once(honest.bmc(), uefi=uefi)


def test_the_probe_finds_the_only_suite_that_works(honest: Rack) -> None:
    assert honest.driver.probe_cipher(replace(honest.bmc(), cipher=None)) == honest.cipher


def test_without_a_known_suite_a_call_still_works(honest: Rack) -> None:
    assert honest.driver.power(replace(honest.bmc(), cipher=None)) is Power.OFF


def test_the_guid_is_read(honest: Rack) -> None:
    assert honest.driver.guid(honest.bmc()) == GUID


def test_the_inventorys_serial_is_read_and_read_again(honest: Rack) -> None:
    assert honest.driver.fru_serial(honest.bmc()) == SERIAL
    assert honest.driver.fru_serial(honest.bmc()) == SERIAL


def test_a_system_that_is_asked_to_shut_down_goes_off_and_may_be_asked_again(honest: Rack) -> None:
    bmc = honest.bmc()
    honest.driver.power_on(bmc)
    honest.driver.power_soft(bmc)
    assert honest.driver.power(bmc) is Power.OFF
    honest.driver.power_soft(bmc)
    assert honest.driver.power(bmc) is Power.OFF


def test_a_bmc_without_an_inventory_states_no_serial(rack: Rack) -> None:
    assert rack.driver.fru_serial(rack.bmc(Behaviour.POOR)) == ""


def test_a_wrong_suite_is_the_machines_refusal(honest: Rack) -> None:
    with pytest.raises(MachineFailed, match="bmc_cipher_refused"):
        honest.driver.power(replace(honest.bmc(), cipher=20 - honest.cipher))


@pytest.mark.parametrize("known", [True, False])
def test_a_wrong_password_is_the_machines_refusal(honest: Rack, known: bool) -> None:
    with pytest.raises(MachineFailed, match="bmc_login_refused") as caught:
        honest.driver.power(replace(honest.bmc(password="wrong"), cipher=honest.cipher if known else None))
    assert names_the_machine(caught.value, honest.bmc())


@pytest.mark.parametrize("behaviour", [Behaviour.DEAD, Behaviour.SLOW])
@pytest.mark.parametrize("cipher", [3, None])
def test_a_bmc_that_does_not_answer_is_worth_another_try(rack: Rack, behaviour: Behaviour, cipher: int | None) -> None:
    bmc = replace(rack.bmc(behaviour), cipher=cipher)
    with pytest.raises(Transient, match="bmc_unreachable") as caught:
        rack.driver.power(bmc)
    assert names_the_machine(caught.value, bmc)


def test_a_busy_bmc_is_worth_another_try(rack: Rack) -> None:
    bmc = rack.bmc(Behaviour.BUSY)
    driver = rack.driver
    for act in (driver.power, driver.power_on, driver.power_off, driver.power_soft, driver.guid, driver.fru_serial):
        with pytest.raises(Transient, match="bmc_busy"):
            act(bmc)
    with pytest.raises(Transient, match="bmc_busy"):
        rack.driver.netboot_once(bmc, uefi=False)


def test_a_lying_bmc_is_found_out_by_reading_back(rack: Rack) -> None:
    bmc = rack.bmc(Behaviour.LYING)
    rack.driver.power_on(bmc)
    assert rack.driver.power(bmc) is Power.OFF
    with pytest.raises(MachineFailed, match="bmc_netboot_not_kept"):
        rack.driver.netboot_once(bmc, uefi=True)


def test_a_bmc_without_boot_flags_says_so(rack: Rack) -> None:
    with pytest.raises(MachineFailed, match="bmc_unsupported") as caught:
        rack.driver.netboot_once(rack.bmc(Behaviour.POOR), uefi=False)
    assert names_the_machine(caught.value, rack.bmc(Behaviour.POOR))


def test_the_password_is_in_no_argument_and_no_error(tmp_path: Path) -> None:
    program, seen = tmp_path / "ipmitool", tmp_path / "seen"
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" "$IPMI_PASSWORD" > {seen}\necho "no way"\nexit 1\n')
    program.chmod(0o755)
    bmc = BmcAddress("web01", "ipmi", "[fd77::5]:6230", USER, PASSWORD, cipher=17)
    with pytest.raises(Transient) as caught:
        Ipmitool(program=str(program)).power_on(bmc)
    *arguments, password = seen.read_text().splitlines()
    assert password == PASSWORD
    assert not [argument for argument in arguments if "canary" in argument]
    assert "canary" not in repr(caught.value) + str(caught.value.__context__) + str(caught.value.__cause__)
    assert arguments == [
        *("-v", "-I", "lanplus", "-H", "fd77::5", "-p", "6230", "-U", USER, "-E", "-C", "17"),
        *("-N", "2", "-R", "2", "chassis", "power", "on"),
    ]


def test_a_program_that_hangs_is_ended(tmp_path: Path) -> None:
    program = tmp_path / "ipmitool"
    program.write_text("#!/bin/sh\nexec sleep 30\n")
    program.chmod(0o755)
    bmc = BmcAddress("web01", "ipmi", "10.0.0.1", USER, PASSWORD, cipher=17)
    with pytest.raises(Transient, match="bmc_unreachable") as caught:
        Ipmitool(program=str(program), limit_s=0.3).power(bmc)
    assert "canary" not in repr(caught.value)


def names_the_machine(error: RackwrightError, bmc: BmcAddress) -> bool:
    return error.values["machine"] == bmc.machine and error.values["address"] == bmc.address
