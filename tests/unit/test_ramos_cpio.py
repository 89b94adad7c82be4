"""The archives the kernel unpacks: what is written, and that nothing of the build host gets in."""

import io
import stat
from dataclasses import dataclass
from pathlib import Path

from ramos.builder import cpio

HEADER_LENGTH = 110


@dataclass(frozen=True)
class Member:
    name: str
    mode: int
    content: bytes


def written(entries: list[cpio.Entry]) -> bytes:
    out = io.BytesIO()
    cpio.write(entries, out)
    return out.getvalue()


def members(archive: bytes) -> list[Member]:
    """Reads the archive back as the kernel does: field by field, padded to four."""
    found: list[Member] = []
    at = 0
    while True:
        assert archive[at : at + 6] == b"070701"
        fields = [int(archive[at + 6 + 8 * n : at + 14 + 8 * n], 16) for n in range(13)]
        mode, size, name_length = fields[1], fields[6], fields[11]
        name = archive[at + HEADER_LENGTH : at + HEADER_LENGTH + name_length - 1].decode()
        start = -(-(at + HEADER_LENGTH + name_length) // 4) * 4
        if name == "TRAILER!!!":
            assert start == len(archive)
            return found
        found.append(Member(name, mode, archive[start : start + size]))
        at = -(-(start + size) // 4) * 4


def test_a_file_comes_back_with_its_content_and_mode() -> None:
    (etc, profile) = members(written([cpio.file("etc/profile", b"hello", executable=True)]))
    assert stat.S_ISDIR(etc.mode)
    assert etc.name == "etc"
    assert profile == Member("etc/profile", stat.S_IFREG | 0o755, b"hello")


def test_parents_come_once_and_before_their_children() -> None:
    entries = [cpio.file("a/b/c", b""), cpio.file("a/b/d", b""), cpio.directory("a/b")]
    assert [m.name for m in members(written(entries))] == ["a", "a/b", "a/b/c", "a/b/d"]


def test_a_link_holds_its_target() -> None:
    (link,) = members(written([cpio.link("sh", "dash")]))
    assert stat.S_ISLNK(link.mode)
    assert link.content == b"dash"


def test_the_length_is_a_multiple_of_four_whatever_the_content() -> None:
    for size in range(5):
        assert len(written([cpio.file("f", b"x" * size)])) % 4 == 0


def test_a_tree_is_written_the_same_wherever_and_whenever_it_lies(tmp_path: Path) -> None:
    archives: list[bytes] = []
    for place in ("one", "two"):
        tree = tmp_path / place
        (tree / "sub/__pycache__").mkdir(parents=True)
        (tree / "sub/__pycache__/x.pyc").write_bytes(b"of the host")
        (tree / "sub/file").write_text("text")
        (tree / "link").symlink_to("sub/file")
        archives.append(written(list(cpio.entries_below(tree, "layer"))))
    assert archives[0] == archives[1]
    assert [m.name for m in members(archives[0])] == ["layer", "layer/link", "layer/sub", "layer/sub/file"]
