"""Which disks are writable, in a kernel that sometimes refuses."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from rackwright_agent.failures import MachineFailed
from rackwright_agent.run import blockdevice, protection
from tests.fixtures.agent.sysfs_tree import SysTree


@dataclass
class Kernel:
    """Remembers what is writable; `stubborn` nodes refuse to become so."""

    writable: set[str] = field(default_factory=set[str])
    stubborn: set[str] = field(default_factory=set[str])

    def set_read_only(self, device: str, read_only: bool) -> None:
        if not read_only and device in self.stubborn:
            raise MachineFailed(f"{device} did not become writable")
        (self.writable.discard if read_only else self.writable.add)(device)


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    made = Kernel()
    monkeypatch.setattr(blockdevice, "set_read_only", made.set_read_only)
    return made


@pytest.fixture
def sys_root(tmp_path: Path) -> Path:
    tree = SysTree(tmp_path)
    for disk in ("vda", "vdb"):
        tree.attributes(f"class/block/{disk}", size=2048)
        for number in (1, 2):
            part = tree.attributes(f"class/block/{disk}{number}", size=1024, partition=number, start=1)
            (tmp_path / f"class/block/{disk}/{disk}{number}").symlink_to(part)
    return tmp_path


def test_only_the_target_and_its_partitions_become_writable(kernel: Kernel, sys_root: Path) -> None:
    kernel.writable = {"/dev/vdb"}
    protection.open_for_writing("/dev/vda", ("/dev/vda", "/dev/vdb"), sys_root)
    assert kernel.writable == {"/dev/vda", "/dev/vda1", "/dev/vda2"}


@pytest.mark.parametrize("stubborn", ["/dev/vda", "/dev/vda1", "/dev/vda2"])
def test_a_target_that_opens_only_in_part_is_closed_again(kernel: Kernel, sys_root: Path, stubborn: str) -> None:
    kernel.stubborn = {stubborn}
    with pytest.raises(MachineFailed, match=stubborn):
        protection.open_for_writing("/dev/vda", ("/dev/vdb",), sys_root)
    assert kernel.writable == set()
