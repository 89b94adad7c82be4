"""What names a cached piece of the RAM OS, what the build refuses, what the manifest says."""

from pathlib import Path

import pytest

from ramos.builder import localboot, manifest
from ramos.builder.fingerprint import key_of
from ramos.builder.places import REPOSITORY, listed
from ramos.builder.problem import BuildProblem
from ramos.builder.sizes import part_of


def test_the_key_changes_with_content_name_and_mode(tmp_path: Path) -> None:
    file = tmp_path / "tools" / "storcli"
    file.parent.mkdir()
    file.write_text("one")
    keys = [key_of(tmp_path / "tools")]
    file.write_text("two")
    keys.append(key_of(tmp_path / "tools"))
    file.chmod(0o755)
    keys.append(key_of(tmp_path / "tools"))
    file.rename(file.with_name("perccli"))
    keys.append(key_of(tmp_path / "tools"))
    assert len(set(keys)) == 4


def test_the_key_stays_when_nothing_that_counts_changed(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text("text")
    before = key_of("level 15", tmp_path)
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "module.pyc").write_bytes(b"compiled")
    assert key_of("level 15", tmp_path) == before


def test_what_is_absent_has_a_key_too(tmp_path: Path) -> None:
    assert key_of(tmp_path / "absent") != key_of("absent")


def test_two_texts_are_not_one_longer_text() -> None:
    assert key_of("ab", "c") != key_of("a", "bc")


@pytest.mark.parametrize("count", [0, 2])
def test_a_loader_without_exactly_one_placeholder_is_refused(count: int) -> None:
    with pytest.raises(BuildProblem, match=f"{count} times"):
        localboot.check(b"MZ" + b" @ESPUUID@ " * count)


def test_the_loader_s_configuration_has_one_placeholder_as_long_as_a_volume_id() -> None:
    config = (REPOSITORY / "ramos/localboot/grub.cfg").read_bytes()
    localboot.check(config)
    assert len(localboot.PLACEHOLDER) == len("ABCD-1234")


def test_an_image_above_the_limit_is_refused_with_a_hint() -> None:
    manifest.require_small(manifest.LIMIT_BYTES)
    with pytest.raises(BuildProblem, match=r"60\.1 MB.*--any-size"):
        manifest.require_small(60_100_000)


def test_what_a_machine_fetches_is_kernel_and_initramfs_but_not_the_loader() -> None:
    files = {
        name: manifest.FileFacts(sha256="", bytes=size)
        for name, size in (("vmlinuz", 8), ("initrd.img", 42), ("localboot.efi", 1))
    }
    assert manifest.boot_bytes(files) == 50


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("usr/lib/modules/6.1.0/kernel/fs/ext4/ext4.ko", "modules"),
        ("usr/lib/firmware/bnx2x/x.fw", "firmware"),
        ("usr/lib/python3.11/json/decoder.pyc", "python"),
        ("usr/bin/python3.11", "python"),
        ("usr/lib/x86_64-linux-gnu/libc.so.6", "libraries"),
        ("usr/sbin/sgdisk", "binaries"),
        ("usr/share/misc/pci.ids", "data"),
    ],
)
def test_every_file_of_the_image_is_counted_to_one_part(path: str, part: str) -> None:
    assert part_of(path) == part


def test_a_list_gives_its_lines_without_comments_and_an_absent_one_nothing(tmp_path: Path) -> None:
    (tmp_path / "list").write_text("# why\n\nzstd\n  kmod \n")
    assert listed(tmp_path / "list") == ["zstd", "kmod"]
    assert listed(tmp_path / "absent") == []


def test_what_the_image_must_not_carry_is_in_no_pattern() -> None:
    patterns = listed(REPOSITORY / "ramos/contents/modules")
    unwanted = ("sound/", "drivers/gpu/", "drivers/media/", "drivers/net/wireless/", "net/bluetooth/")
    assert [p for p in patterns if p.startswith(unwanted)] == []
