"""The image on its way: resumed where it broke, held back at both ends, zeros skipped only where they are certain."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rackwright_agent.door import Door
from rackwright_agent.failures import MachineFailed, Stopped
from rackwright_agent.observe.partitions import KnownPartition
from rackwright_agent.run import fetch, heldback, progress, wipe
from rackwright_agent.run.heldback import HELD_BYTES, HeldBackWriter, spans
from rackwright_wire.messages import ImageSource
from tests.fixtures.agent.scripted_server import ScriptedServer

MIB = 1 << 20
DATA = bytes(range(256)) * 2000


def image(size: int = len(DATA)) -> ImageSource:
    return ImageSource("/v1/images/x", "x", "none", size, 512, 512)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer(lambda path, message: (404, ""), DATA) as running:
        yield running


def received(server: ScriptedServer, stop: threading.Event | None = None, give_up_s: float = 60.0) -> bytes:
    said: list[str] = []
    parts = fetch.chunks(Door(server.url), image(), stop or threading.Event(), said.append, give_up_s)
    return b"".join(parts)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "FIRST_WAIT_S", 0.01)


def test_a_whole_image_is_one_request(server: ScriptedServer) -> None:
    assert received(server) == DATA
    assert server.ranges == [""]


def test_a_broken_connection_goes_on_at_the_last_byte(server: ScriptedServer) -> None:
    server.cut_after = [1000, 0, 70_000]
    assert received(server) == DATA
    assert server.ranges == ["", "bytes=1000-", "bytes=1000-", "bytes=71000-"]


def test_a_server_without_ranges_is_read_again_from_the_start(server: ScriptedServer) -> None:
    server.cut_after, server.knows_ranges = [1000], False
    assert received(server) == DATA


def test_an_image_of_another_size_is_refused_at_once(server: ScriptedServer) -> None:
    server.image = DATA + b"more"
    with pytest.raises(MachineFailed, match="the plan says"):
        received(server)


def test_a_changed_size_after_a_break_is_refused(server: ScriptedServer) -> None:
    server.cut_after = [1000]
    server.on_image_bytes = lambda sent: setattr(server, "image", DATA + b"more")
    with pytest.raises(MachineFailed, match="another part"):
        received(server)


def test_it_gives_up_when_nothing_comes_any_more(server: ScriptedServer) -> None:
    server.cut_after = [500] + [0] * 1000
    with pytest.raises(MachineFailed, match="after 500 bytes"):
        received(server, give_up_s=0.2)


def test_a_stop_ends_the_stream(server: ScriptedServer) -> None:
    stop = threading.Event()
    server.on_image_bytes = lambda sent: stop.set()
    with pytest.raises(Stopped):
        received(server, stop)


@given(
    total=st.integers(1, 40).map(lambda n: n * 256 * 1024),
    block=st.integers(1, 20).map(lambda n: n * 256 * 1024),
)
def test_spans_cover_a_stream_once_and_hold_exactly_both_ends(total: int, block: int) -> None:
    cut = [s for at in range(0, total, block) for s in spans(at, min(block, total - at), total)]
    assert [s[0] for s in cut] == [0, *(s[1] for s in cut[:-1])]
    assert cut[-1][1] == total
    for start, end, held in cut:
        if held:
            assert end <= HELD_BYTES or start >= total - HELD_BYTES
        else:
            assert start >= HELD_BYTES
            assert end <= total - HELD_BYTES


def copy(raw: bytes, target: Path, total: int | None = None, reads_zeros: bool = False) -> HeldBackWriter:
    read_end, write_end = os.pipe()

    def feed() -> None:
        with os.fdopen(write_end, "wb") as pipe:
            try:
                pipe.write(raw)
            except BrokenPipeError:
                return

    threading.Thread(target=feed, daemon=True).start()
    fd = os.open(target, os.O_RDWR)
    try:
        writer = HeldBackWriter(fd, total if total is not None else len(raw), reads_zeros)
        writer.copy_from(read_end, threading.Event(), lambda done: None)
        return writer
    finally:
        os.close(read_end)


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    path = tmp_path / "disk"
    path.write_bytes(b"\xee" * (12 * MIB))
    return path


RAW = os.urandom(2 * MIB) + bytes(3 * MIB) + os.urandom(4 * MIB + 512)


def test_both_ends_are_written_only_when_released(disk: Path) -> None:
    writer = copy(RAW, disk)
    before = disk.read_bytes()
    assert before[:MIB] == b"\xee" * MIB
    assert before[MIB : len(RAW) - MIB] == RAW[MIB:-MIB]
    assert before[len(RAW) - MIB : len(RAW)] == b"\xee" * MIB
    writer.release()
    assert disk.read_bytes()[: len(RAW)] == RAW
    assert disk.read_bytes()[len(RAW) :] == b"\xee" * (12 * MIB - len(RAW))
    assert writer.first_bytes() == RAW[:MIB]


def test_zeros_are_written_where_the_disk_may_read_something_else(disk: Path) -> None:
    copy(RAW, disk).release()
    assert disk.read_bytes()[2 * MIB : 5 * MIB] == bytes(3 * MIB)


def test_zeros_are_skipped_where_the_disk_reads_them(disk: Path) -> None:
    disk.write_bytes(bytes(12 * MIB))
    writer = copy(RAW, disk, reads_zeros=True)
    writer.release()
    assert disk.read_bytes()[: len(RAW)] == RAW
    assert writer.written <= len(RAW) - 3 * MIB + 2 * heldback.RUN_BYTES


@pytest.mark.parametrize("size", [512, MIB, 2 * MIB, 2 * MIB + 512])
def test_a_small_image_is_held_back_whole_or_nearly(disk: Path, size: int) -> None:
    writer = copy(RAW[:size], disk)
    assert disk.read_bytes()[:MIB] == b"\xee" * MIB
    writer.release()
    assert disk.read_bytes()[:size] == RAW[:size]


def test_more_than_was_said_is_never_written(disk: Path) -> None:
    with pytest.raises(MachineFailed, match="more than"):
        copy(RAW, disk, total=5 * MIB)
    assert disk.read_bytes()[5 * MIB :] == b"\xee" * (7 * MIB)


def test_less_than_was_said_is_never_released(disk: Path) -> None:
    writer = copy(RAW, disk, total=len(RAW) + 512)
    with pytest.raises(MachineFailed, match="it should have"):
        writer.release()
    assert disk.read_bytes()[:MIB] == b"\xee" * MIB


def test_signatures_are_wiped_at_the_ends_of_the_disk_and_of_its_old_partitions() -> None:
    old = (KnownPartition("/dev/sda1", 1, 4 * MIB, 3 * MIB), KnownPartition("/dev/sda2", 2, 7 * MIB, 1024))
    assert wipe.edges(10 * MIB, old) == [
        (0, MIB), (9 * MIB, MIB), (4 * MIB, MIB), (6 * MIB, MIB), (7 * MIB, 1024), (7 * MIB, 1024),
    ]  # fmt: skip


def test_an_old_partition_beyond_the_disk_is_not_wiped() -> None:
    assert wipe.edges(MIB, (KnownPartition("/dev/sda1", 1, MIB, MIB),)) == [(0, MIB), (0, MIB)]


@pytest.mark.parametrize(("dirty_at", "clean"), [(None, True), (0, False), (6 * MIB, False)])
def test_a_disk_that_only_claims_to_read_zeros_is_found_out(tmp_path: Path, dirty_at: int | None, clean: bool) -> None:
    path = tmp_path / "disk"
    data = bytearray(12 * MIB)
    if dirty_at is not None:
        data[dirty_at : dirty_at + MIB] = b"\1" * MIB
    path.write_bytes(data)
    fd = os.open(path, os.O_RDONLY)
    try:
        assert wipe.samples_are_zero(fd, 12 * MIB) is clean
    finally:
        os.close(fd)


def test_progress_is_read_as_a_line() -> None:
    meter = progress.ProgressMeter()
    assert meter.read() is None
    meter.begin("write_image", 200_000_000)
    meter.reached(50_000_000)
    read = meter.read()
    assert read is not None
    assert (read.step, read.done_bytes, read.total_bytes) == ("write_image", 50_000_000, 200_000_000)
    assert progress.line(read).startswith("write_image: 25 % of 200 MB")
    meter.end()
    assert meter.read() is None
