"""Files of the installed system are written inside it, whatever links the image contains."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from rackwright_agent.failures import MachineFailed
from rackwright_agent.tree import Tree


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret").write_text("untouched")
    return tmp_path / "outside"


@pytest.fixture
def root(tmp_path: Path, outside: Path) -> Path:
    made = tmp_path / "root"
    (made / "etc").mkdir(parents=True)
    (made / "etc/absolute").symlink_to(outside)
    (made / "etc/relative").symlink_to("../../outside")
    (made / "etc/file").symlink_to(outside / "secret")
    (made / "var").mkdir()
    (made / "var/run").symlink_to("/run")
    (made / "loop").symlink_to("loop")
    (made / "etc/dir").mkdir()
    return made


def test_a_file_is_written_with_its_mode_and_its_parents_are_made(root: Path) -> None:
    Tree(root).write("/usr/lib/rackwright/first-boot", "#!/bin/sh\n", 0o755)
    made = root / "usr/lib/rackwright/first-boot"
    assert made.read_text() == "#!/bin/sh\n"
    assert stat.S_IMODE(made.stat().st_mode) == 0o755
    assert stat.S_IMODE(made.parent.stat().st_mode) == 0o755


def test_the_parents_of_a_private_file_are_private(root: Path) -> None:
    Tree(root).write("/root/.ssh/authorized_keys", "key\n", 0o600)
    assert stat.S_IMODE((root / "root/.ssh").stat().st_mode) == 0o700


@pytest.mark.parametrize("path", ["/etc/absolute/pwned", "/etc/relative/pwned"])
def test_links_that_point_outside_are_followed_inside(root: Path, outside: Path, path: str) -> None:
    Tree(root).write(path, "inside", 0o644)
    assert [path.name for path in outside.iterdir()] == ["secret"]


def test_a_link_to_an_absolute_path_means_that_path_in_the_installed_system(root: Path) -> None:
    Tree(root).write("/var/run/x", "here", 0o644)
    assert (root / "run/x").read_text() == "here"


def test_a_file_that_is_a_link_is_replaced_and_its_target_left(root: Path, outside: Path) -> None:
    Tree(root).write("/etc/file", "new", 0o644)
    assert not (root / "etc/file").is_symlink()
    assert (outside / "secret").read_text() == "untouched"


def test_a_link_is_not_read_through(root: Path) -> None:
    with pytest.raises(MachineFailed):
        Tree(root).read("/etc/file")


@pytest.mark.parametrize("path", ["etc/x", "/", "", "/etc/../../x", "/etc/\0x", "/.."])
def test_what_is_no_path_of_a_file_is_refused(root: Path, path: str) -> None:
    with pytest.raises(MachineFailed):
        Tree(root).write(path, "x", 0o644)


def test_a_circle_of_links_ends(root: Path) -> None:
    with pytest.raises(MachineFailed, match="too many symbolic links"):
        Tree(root).write("/loop/x", "x", 0o644)


def test_a_file_in_the_place_of_a_directory_is_refused(root: Path) -> None:
    for write in (lambda: Tree(root).write("/etc/dir", "x", 0o644), lambda: Tree(root).link("/etc/dir", "x")):
        with pytest.raises(MachineFailed, match="is a directory"):
            write()
    (root / "etc/plain").write_text("")
    with pytest.raises(MachineFailed):
        Tree(root).write("/etc/plain/below", "x", 0o644)


def test_links_are_made_and_made_again(root: Path) -> None:
    for _ in range(2):
        Tree(root).link("/etc/localtime", "/usr/share/zoneinfo/UTC")
    assert str((root / "etc/localtime").readlink()) == "/usr/share/zoneinfo/UTC"


def test_a_rewritten_file_keeps_its_mode(root: Path) -> None:
    (root / "etc/shadow").write_text("old")
    (root / "etc/shadow").chmod(0o640)
    Tree(root).rewrite("/etc/shadow", "new", 0o600)
    assert stat.S_IMODE((root / "etc/shadow").stat().st_mode) == 0o640
    assert Tree(root).read("/etc/shadow") == "new"


def test_text_that_is_not_utf_8_survives(root: Path) -> None:
    (root / "etc/hosts").write_bytes(b"caf\xe9\n")
    text = Tree(root).read("/etc/hosts")
    assert text is not None
    Tree(root).rewrite("/etc/hosts", text)
    assert (root / "etc/hosts").read_bytes() == b"caf\xe9\n"


def test_removing_by_pattern_leaves_the_rest(root: Path) -> None:
    for name in ("ssh_host_rsa_key", "ssh_host_rsa_key.pub", "sshd_config"):
        (root / "etc/dir" / name).write_text("x")
    Tree(root).remove_matching("/etc/dir", "ssh_host_*_key*")
    Tree(root).remove_matching("/etc/nowhere", "*")
    assert [path.name for path in (root / "etc/dir").iterdir()] == ["sshd_config"]


def test_what_is_missing_reads_as_nothing(root: Path) -> None:
    assert Tree(root).read("/etc/nothing") is None
    assert Tree(root).read("/nowhere/at/all") is None
    assert not Tree(root).exists("/etc/nothing")
    assert Tree(root).exists("/etc/file")
