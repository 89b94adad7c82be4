"""Builds localboot.efi: a GRUB that starts the machine's own disk under UEFI."""

import shutil
import tempfile
from pathlib import Path

from ramos.builder.command import run
from ramos.builder.fingerprint import key_of
from ramos.builder.places import Places
from ramos.builder.problem import BuildProblem

# The server replaces these nine bytes by the ESP's volume id, as in ABCD-1234.
PLACEHOLDER = b"@ESPUUID@"
GRUB_MODULES = Path("/usr/lib/grub/x86_64-efi")
# No network module: what is not in the binary cannot be fetched.
MODULES = "boot chain echo fat memdisk minicmd normal part_gpt part_msdos regexp search search_fs_uuid tar test"


def prepare(places: Places) -> Path:
    """The loader, from the cache if neither its configuration nor GRUB changed."""
    config = places.ramos / "localboot" / "grub.cfg"
    if not (GRUB_MODULES / "moddep.lst").exists():
        raise BuildProblem("grub-efi-amd64-bin is not installed: run `make setup` first")
    kernel = GRUB_MODULES / "kernel.img"
    key = key_of(config, kernel, places.ramos / "builder" / "localboot.py")
    built = places.cache / f"localboot-{key}.efi"
    if not built.exists():
        for old in places.cache.glob("localboot-*.efi"):
            old.unlink()
        _build(config, built)
    return built


def _build(config: Path, target: Path) -> None:
    """The configuration travels in a memdisk, which GRUB does not compress."""
    partial = target.with_suffix(".partial")
    with tempfile.TemporaryDirectory() as scratch:
        tree = Path(scratch)
        (tree / "boot/grub").mkdir(parents=True)
        shutil.copy(config, tree / "boot/grub/grub.cfg")
        memdisk = tree / "memdisk.tar"
        run(
            *("tar", "--format=ustar", "--sort=name", "--mtime=@0", "--owner=0", "--group=0"),
            *("-cf", memdisk, "-C", tree, "boot"),
        )
        run(
            *("grub-mkimage", "-O", "x86_64-efi", "-d", GRUB_MODULES),
            *("-p", "(memdisk)/boot/grub", "-m", memdisk, "-o", partial),
            *MODULES.split(),
        )
    check(partial.read_bytes())
    partial.rename(target)


def check(binary: bytes) -> None:
    """The server's replacement is right only if there is exactly one place to replace."""
    count = binary.count(PLACEHOLDER)
    if count != 1:
        raise BuildProblem(f"localboot.efi holds {PLACEHOLDER.decode()} {count} times, not once")
