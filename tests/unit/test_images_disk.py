"""The built tiny image keeps what docs/images.md promises to the agent. Reads what `images/build tiny` made."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

IMAGES = Path(__file__).parents[2] / "dist" / "images"
SECTOR = 512
ESP_OFFSET = 4096 * SECTOR


@dataclass(frozen=True)
class Disk:
    """The image, unpacked."""

    path: Path

    def partition(self, number: int) -> dict[str, str]:
        said = run("sgdisk", f"--info={number}", str(self.path))
        return dict(re.findall(r"^([^:]+): (.*)$", said, re.MULTILINE))

    def bytes_at(self, offset: int, length: int) -> bytes:
        with self.path.open("rb") as file:
            file.seek(offset)
            return file.read(length)

    def esp_text(self, path: str) -> str:
        return run("mtype", "-i", f"{self.path}@@{ESP_OFFSET}", f"::{path}")


def run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def manifest() -> dict[str, object]:
    path = IMAGES / "tiny.json"
    if not path.exists():
        pytest.skip("images/build tiny has not run")
    read: dict[str, object] = json.loads(path.read_text())
    return read


@pytest.fixture(scope="module")
def disk(manifest: dict[str, object], tmp_path_factory: pytest.TempPathFactory) -> Disk:
    path = tmp_path_factory.mktemp("image") / "tiny.img"
    run("zstd", "-q", "-d", str(IMAGES / "tiny.img.zst"), "-o", str(path))
    return Disk(path)


def test_the_manifest_tells_the_truth_about_its_file(manifest: dict[str, object], disk: Disk) -> None:
    packed = (IMAGES / "tiny.img.zst").read_bytes()
    assert manifest == {
        "name": "tiny",
        "os": "tiny",
        "sha256": hashlib.sha256(packed).hexdigest(),
        "size_bytes": len(packed),
        "raw_bytes": disk.path.stat().st_size,
        "sector_bytes": SECTOR,
        "compression": "zstd",
    }


def test_the_root_file_system_is_the_last_partition(disk: Disk) -> None:
    names = [disk.partition(number)["Partition name"] for number in (1, 2, 3)]
    assert names == ["'bios-boot'", "'esp'", "'root'"]
    ends = [int(disk.partition(number)["Last sector"].split()[0]) for number in (1, 2, 3)]
    assert ends == sorted(ends)


def test_the_bios_boot_code_points_at_the_core_in_its_partition(disk: Disk) -> None:
    first = int(disk.partition(1)["First sector"].split()[0])
    assert int.from_bytes(disk.bytes_at(0x5C, 8), "little") == first
    assert int.from_bytes(disk.bytes_at(first * SECTOR + 0x1F4, 8), "little") == first + 1


def test_grub_is_told_the_root_file_system_that_is_there(disk: Disk) -> None:
    root = int(disk.partition(3)["First sector"].split()[0]) * SECTOR
    there = run("blkid", "-p", "-O", str(root), "-s", "UUID", "-o", "value", str(disk.path)).strip()
    assert f'set root_uuid="{there}"\n' in disk.esp_text("/EFI/rackwright/boot.cfg")


def test_both_loaders_and_their_configuration_are_on_the_esp(disk: Disk) -> None:
    assert "source $prefix/boot.cfg" in disk.esp_text("/EFI/rackwright/grub.cfg")
    listed = run("mdir", "-b", "-i", f"{disk.path}@@{ESP_OFFSET}", "::/EFI/BOOT")
    assert listed.strip() == "::/EFI/BOOT/BOOTX64.EFI"
