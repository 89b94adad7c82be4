"""The simulated firmware follows the server's real scripts, and takes nothing for a script that is none."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from fleet.faults import Faults
from fleet.firmware import Script, asked_by, read_script
from fleet.hardware import Hardware
from fleet.rack import build
from rackwright.render.ipxe import first_script

GOLDEN = Path(__file__).parents[1] / "golden"
URL = "http://127.0.0.1:8080"


@pytest.mark.parametrize("name", ["ipxe-ram-os.txt", "ipxe-ram-os-shell.txt"])
def test_it_loads_the_kernel_and_the_initrd_that_a_script_names(name: str) -> None:
    assert read_script((GOLDEN / name).read_text()).ram_os == ("/ramos/vmlinuz", "/ramos/initrd.img")


@pytest.mark.parametrize("name", ["ipxe-disk-bios.txt", "ipxe-disk-uefi.txt", "ipxe-disk-uefi-unknown.txt"])
def test_it_boots_its_disk_where_a_script_says_so(name: str) -> None:
    assert read_script((GOLDEN / name).read_text()).ram_os == ()


def test_it_fetches_the_loader_that_finds_the_disk() -> None:
    script = read_script((GOLDEN / "ipxe-disk-uefi.txt").read_text())
    assert script.loader.startswith("/localboot.efi?esp=")


def test_exit_alone_is_the_disk() -> None:
    assert read_script("#!ipxe\nexit 1\n") == Script()


@pytest.mark.parametrize("text", ["", "<html>", "#!ipxe\necho nothing more\n"])
def test_what_is_no_script_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="script"):
        read_script(text)


def test_it_asks_with_its_own_mac_serial_and_uuid() -> None:
    body = build(1, 7, Faults())[0]
    path = asked_by(first_script(URL), Hardware(body, Faults(), Random(1)), 1)
    assert path.startswith(f"/v1/boot?mac={body.ports[1].mac.replace(':', '-')}&uuid={body.uuid}&serial={body.serial}&")
    assert "${" not in path
