"""From power-on to phone-home in the rack: BIOS and UEFI, a wrong serial, a killed server, a second netboot."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator

import pytest

from tests.rack.installed_rack import HERE, IMAGE, InstalledRack, installed_rack

pytestmark = [pytest.mark.rack, pytest.mark.root]
BMC = {"web01": (201, "canary-bmc-web01"), "db01": (202, "canary-bmc-db01")}
OTHER_DISKS = (("db01", "VR-DB01-DATA"), ("web01", "VR-WEB01-SATA"), ("web01", "VR-WEB01-NVME"))
SOMEBODYS_DATA = random.Random(7).randbytes(1 << 20)


@pytest.fixture(scope="module")
def rack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InstalledRack]:
    """Installed once for every test here: armed, the server killed while both disks are written, all at rest."""
    with installed_rack(tmp_path_factory.mktemp("first-light"), "rack", "rackwright.toml", 7741) as installed:
        for name, serial in (*OTHER_DISKS, ("web02", "VR-WEB02-SYS")):
            with installed.disk(name, serial).open("r+b") as disk:
                disk.write(SOMEBODYS_DATA)
        installed.wait_for_api()
        installed.rackwright("images", "add", str(IMAGE), "--name", "tiny")
        installed.rackwright("machines", "import", str(HERE / "machines.csv"))
        installed.rackwright("install", "web01", "8XKQ4N3", "web02")
        installed.wait("a write under way", lambda: "installing" in installed.states().values())
        installed.control.kill_server()
        installed.control.start_server()
        installed.wait_for_api()
        installed.wait("rest", lambda: set(installed.states().values()) <= {"done", "held", "failed"})
        yield installed


def console(rack: InstalledRack, name: str) -> str:
    return rack.control.console(name)


def test_healthy_machines_run_what_the_register_names(rack: InstalledRack) -> None:
    assert rack.states() == {"web01": "done", "db01": "done", "web02": "held"}, rack.installs()
    shown = json.loads(rack.rackwright("machines", "show", "db01", "--json"))
    assert (shown["service"], shown["runs"]["os"]) == ("in service", "tiny")
    assert "web01 login:" in console(rack, "web01")


def test_each_timeline_tells_the_whole_way(rack: InstalledRack) -> None:
    for name in BMC:
        kinds = [event["kind"] for event in rack.timeline(name)]
        story = [
            "machine_added", "install_armed", "install_permitted", "powered_on", "install_booted", "agent_joined",
            "install_matched", "install_slot_given", "install_claimed", "install_handed_over", "install_phoned_home",
        ]  # fmt: skip
        assert [kind for kind in kinds if kind in story] == story, kinds


def test_the_system_booted_by_the_machines_own_firmware(rack: InstalledRack) -> None:
    for name, mode in (("web01", "bios"), ("db01", "uefi")):
        proof = next(event["values"] for event in rack.timeline(name) if event["kind"] == "install_phoned_home")
        assert proof["boot_mode"] == mode
        assert proof["root_disk_serial"] == f"VR-{name.upper()}-SYS"


def test_the_wrong_serial_is_held_untouched_and_says_what_to_do(rack: InstalledRack) -> None:
    held = rack.installs()["web02"]
    assert held["text"] == "Wrong SN: the machine reports 712DM2Y, the register says 712DM2X"
    assert "rackwright machines set web02 serial=712DM2Y" in held["next"]
    untouched = hashlib.sha256(SOMEBODYS_DATA + bytes(256 * 1024**2 - len(SOMEBODYS_DATA))).hexdigest()
    assert rack.digest("web02", "VR-WEB02-SYS") == untouched


def test_the_machine_reports_its_disks_by_what_they_are(rack: InstalledRack) -> None:
    facts = json.loads(rack.rackwright("machines", "show", "web01", "--json"))["facts"]
    disks = {disk["serial"]: (disk["transport"], disk["size_bytes"], disk["read_only"]) for disk in facts["disks"]}
    assert disks == {
        "VR-WEB01-SYS": ("virtio", 256 * 1024**2, True),
        "VR-WEB01-SATA": ("sata", 64 * 1024**2, True),
        "VR-WEB01-NVME": ("nvme", 64 * 1024**2, True),
    }


@pytest.mark.parametrize(("name", "serial"), OTHER_DISKS)
def test_another_disk_of_an_installed_machine_is_untouched(rack: InstalledRack, name: str, serial: str) -> None:
    untouched = hashlib.sha256(SOMEBODYS_DATA + bytes(64 * 1024**2 - len(SOMEBODYS_DATA))).hexdigest()
    assert rack.digest(name, serial) == untouched


def test_a_later_netboot_boots_the_disk(rack: InstalledRack) -> None:
    before = {name: console(rack, name).count(f"{name} login:") for name in BMC}
    for name, (host, password) in BMC.items():
        options = ["options=efiboot"] if name == "db01" else []
        rack.ipmitool(host, password, "chassis", "bootdev", "pxe", *options)
        rack.ipmitool(host, password, "chassis", "power", "reset")
    for name in BMC:
        rack.wait(f"{name} booting its disk", lambda n=name: console(rack, n).count(f"{n} login:") > before[n])
        assert "booting the local disk" in console(rack, name)
    assert rack.states() == {"web01": "done", "db01": "done", "web02": "held"}


def test_secrets_are_in_no_log_and_no_answer(rack: InstalledRack) -> None:
    state = rack.control.run_dir.path / "state"
    token = (state / "admin.token").read_text().strip()
    said = rack.control.run_dir.server_log.read_text(errors="replace").replace(
        f"The first admin's token, shown once: {token}", ""
    )
    for name in ("web01", "db01", "web02"):
        said += rack.rackwright("log", name, "--json") + rack.rackwright("machines", "show", name, "--json")
        said += console(rack, name)
    said += rack.rackwright("machines", "export") + rack.rackwright("installs", "--all", "--json")
    for secret in ("canary-bmc", "canaryhash", token):
        assert secret not in said


def test_the_held_machine_goes_on_once_its_row_is_right_and_its_data_may_go(rack: InstalledRack) -> None:
    rack.rackwright("machines", "set", "web02", "serial=712DM2Y")
    rack.rackwright("install", "--retry", "web02")
    rack.wait("web02 at rest", lambda: rack.states()["web02"] in {"done", "held", "failed"})
    held = rack.installs()["web02"]
    assert "data in 1 of" in held["text"], held
    (group,) = json.loads(rack.rackwright("holds", "--json"))["holds"]
    rack.rackwright("holds", "approve", group["id"], "--reason", "nobody knows it any more")
    rack.wait("web02 at rest", lambda: rack.states()["web02"] in {"done", "held", "failed"})
    assert rack.states()["web02"] == "done", rack.installs()["web02"]


def test_a_machine_in_service_is_not_installed_again_by_mistake(rack: InstalledRack) -> None:
    said = rack.rackwright("install", "web01", "--yes", expect=4)
    assert "in service" in said
    assert rack.states()["web01"] == "done"
