"""Says what was built: digests, sizes by part, versions. Reads only."""

from pathlib import Path
from typing import TypedDict, cast

from ramos.builder.fingerprint import sha256_of
from ramos.builder.problem import BuildProblem

# Machines fetch these two over the network, one after the other, all at once.
LIMIT_BYTES = 60_000_000


class FileFacts(TypedDict):
    sha256: str
    bytes: int


def describe(output: Path, names: list[str], base_facts: dict[str, object], agent_bytes: int) -> dict[str, object]:
    """The manifest as JSON data; `base_facts` is what the base layer recorded."""
    files = {name: _facts_of(output / name) for name in names}
    parts = cast("dict[str, object]", base_facts["parts"])
    return {
        "format": 1,
        "architecture": "amd64",
        "kernel_version": base_facts["kernel_version"],
        "files": files,
        "network_bytes": boot_bytes(files),
        "compression": base_facts["compression"],
        "initramfs_bytes": {
            "image": base_facts["image_bytes"],
            "early": base_facts["early_bytes"],
            "agent_and_init": agent_bytes,
        },
        "image_parts": parts,
        "packages": base_facts["packages"],
    }


def boot_bytes(files: dict[str, FileFacts]) -> int:
    """What every machine fetches to come into the RAM OS."""
    return files["vmlinuz"]["bytes"] + files["initrd.img"]["bytes"]


def require_small(total: int) -> None:
    """BuildProblem if kernel and initramfs together exceed the limit."""
    if total > LIMIT_BYTES:
        raise BuildProblem(
            f"kernel and initramfs take {total / 1e6:.1f} MB, more than {LIMIT_BYTES / 1e6:.0f}: "
            "take something out of ramos.d/ or ramos/contents/, or build with --any-size"
        )


def _facts_of(path: Path) -> FileFacts:
    return {"sha256": sha256_of(path), "bytes": path.stat().st_size}
