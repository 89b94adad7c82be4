"""Machines that must not be written, in the rack: a preloaded disk, a swapped BMC, a protected one, a cut of the power."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.agent import disk_image
from tests.rack.installed_rack import HERE, IMAGE, InstalledRack, installed_rack

pytestmark = [pytest.mark.rack, pytest.mark.root]
SYSTEM = "VR-GATE01-SYS"


@pytest.fixture(scope="module")
def preloaded(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A disk with somebody's system, as a vendor delivers it: its host name is `image`."""
    return disk_image.build(tmp_path_factory.mktemp("preloaded")).raw


@pytest.fixture(scope="module")
def rack(tmp_path_factory: pytest.TempPathFactory, preloaded: bytes) -> Iterator[InstalledRack]:
    with installed_rack(tmp_path_factory.mktemp("gate"), "gate", "gate-rackwright.toml", 7742) as installed:
        with installed.disk("gate01", SYSTEM).open("r+b") as disk:
            disk.write(preloaded)
        installed.wait_for_api()
        installed.rackwright("images", "add", str(IMAGE), "--name", "tiny")
        installed.rackwright("machines", "import", str(HERE / "gate.csv"))
        yield installed


def untouched(rack: InstalledRack, name: str, serial: str, begins: bytes = b"") -> bool:
    size = rack.disk(name, serial).stat().st_size
    return rack.digest(name, serial) == hashlib.sha256(begins.ljust(size, b"\0")).hexdigest()


def at_rest(rack: InstalledRack, name: str) -> str:
    rack.wait(f"{name} at rest", lambda: rack.states().get(name) in {"done", "held", "failed", "cancelled"})
    return rack.states()[name]


def power_events(rack: InstalledRack, name: str) -> list[str]:
    log: Path = rack.control.run_dir.machine(name).events_log
    told = [json.loads(line)["event"] for line in log.read_text().splitlines()] if log.exists() else []
    return [event for event in told if event.startswith("power ")]


def test_a_swapped_bmc_is_found_before_any_power_is_touched(rack: InstalledRack) -> None:
    rack.rackwright("install", "gate02")
    assert at_rest(rack, "gate02") == "held"
    held = rack.installs()["gate02"]
    assert "gate03" in held["text"]
    assert "712DM3C" in held["text"]
    assert power_events(rack, "gate02") == power_events(rack, "gate03") == []
    assert "rackwright machines set gate02 bmc_address=" in rack.rackwright("why", "gate02")


def test_with_the_cables_put_right_a_protected_machine_still_boots_its_disk(rack: InstalledRack) -> None:
    rack.rackwright("machines", "protect", "gate03", "--reason", "runs payroll")
    refused = rack.rackwright("install", "gate03", "--yes", expect=4)
    assert "payroll" in refused
    rack.ipmitool(213, "gate03", "chassis", "bootdev", "pxe")
    rack.ipmitool(213, "gate03", "chassis", "power", "on")
    rack.wait("gate03's boot request", lambda: "booting the local disk" in rack.control.console("gate03"))
    assert "rackwright:" not in rack.control.console("gate03")
    assert untouched(rack, "gate03", "VR-GATE03-SYS")
    rack.ipmitool(213, "gate03", "chassis", "power", "off")
    assert "protected" in rack.rackwright("why", "gate03")


def test_a_preloaded_disk_is_a_question_and_the_answer_is_for_this_content_alone(
    rack: InstalledRack, preloaded: bytes
) -> None:
    rack.rackwright("install", "gate01")
    assert at_rest(rack, "gate01") == "held"
    groups = json.loads(rack.rackwright("holds", "--json"))["holds"]
    (group,) = [one for one in groups if one["approvable"]]
    assert [(one["hostname"], one["disk"]) for one in group["machines"]] == [("gate01", SYSTEM)]
    assert "image" in group["text"]  # the host name that the system on it gives itself
    assert untouched(rack, "gate01", SYSTEM, preloaded)
    rack.rackwright("holds", "approve", group["id"], "--reason", "the vendor's preload")


def test_a_cut_of_the_power_in_the_write_is_failed_and_retried_to_the_end(rack: InstalledRack) -> None:
    rack.wait("a write under way", lambda: rack.states()["gate01"] == "installing")
    rack.control.cut("gate01")
    assert at_rest(rack, "gate01") == "failed"
    failed = rack.installs()["gate01"]
    assert "partly written" in failed["text"]
    assert json.loads(rack.rackwright("machines", "show", "gate01", "--json"))["runs"]["os"] == ""
    rack.rackwright("install", "--retry", "gate01")
    assert at_rest(rack, "gate01") == "done", rack.installs()["gate01"]
    kinds = [event["kind"] for event in rack.timeline("gate01")]
    assert kinds.count("install_claimed") == 2
    assert kinds.index("contents_approved") < kinds.index("install_claimed")
