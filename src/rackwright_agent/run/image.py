"""Streams an image from the server through the decompressor onto the disk; stores nothing in between."""

from __future__ import annotations

import fcntl
import hashlib
import mmap
import os
import threading
from contextlib import suppress
from dataclasses import dataclass
from subprocess import PIPE, Popen

from rackwright_agent.failures import AgentError, MachineFailed
from rackwright_agent.run import fetch
from rackwright_agent.run.heldback import BLOCK_BYTES, HeldBackWriter
from rackwright_agent.run.job import Job

_PIPE_BYTES = 1 << 20
_F_SETPIPE_SZ = 1031


@dataclass(frozen=True, slots=True)
class Arrived:
    """What came: the digest of the compressed bytes, and the writer that still holds the borders back."""

    sha256: str
    writer: HeldBackWriter


class _Feeder(threading.Thread):
    """Moves bytes from the server into the decompressor and counts them into the digest."""

    def __init__(self, job: Job, process: Popen[bytes]) -> None:
        super().__init__(daemon=True, name="feeder")
        self._job = job
        self._process = process
        self.digest = hashlib.sha256()
        self.failure: AgentError | None = None

    def run(self) -> None:
        stdin = self._process.stdin
        assert stdin is not None
        try:
            for data in fetch.chunks(self._job.door, self._job.plan.image, self._job.stop, self._job.console.say):
                self.digest.update(data)
                _write_whole(stdin.fileno(), data)
        except AgentError as failure:
            self.failure = failure
        except BrokenPipeError:
            pass  # the decompressor gave up; its own words say why
        except Exception as bug:  # a thread that dies silently would leave half an image that looks whole
            self.failure = MachineFailed(f"unexpected {type(bug).__name__} while receiving: {bug}")
        finally:
            stdin.close()


def write_image(job: Job, fd: int, reads_zeros: bool) -> Arrived:
    """Writes all but the held-back borders; raises MachineFailed when it does not arrive or unpack whole."""
    image = job.plan.image
    argv = ["zstd", "-d", "-c", "-q"] if image.compression == "zstd" else ["cat"]
    process = job.commands.start(argv, stdin=PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    writer = HeldBackWriter(fd, image.raw_bytes, reads_zeros)
    feeder = _Feeder(job, process)
    feeder.start()
    try:
        _widen(process.stdout.fileno())
        writer.copy_from(process.stdout.fileno(), job.stop, job.progress.reached)
        said = process.stderr.read().decode("utf-8", "replace").strip()
        code = process.wait(timeout=60)
    finally:
        process.kill()
        process.wait()
        # The feeder may sit in a read of up to DOOR's timeout; it holds nothing but its connection.
        feeder.join(timeout=30 if not job.stop.is_set() else 1)
        process.stdout.close()
        process.stderr.close()
        job.commands.finished(process)
    if feeder.failure is not None:
        raise feeder.failure
    if code:
        raise MachineFailed(f"the image cannot be unpacked: {said.splitlines()[-1] if said else f'exit {code}'}")
    return Arrived(feeder.digest.hexdigest(), writer)


def verify(job: Job, fd: int, arrived: Arrived) -> None:
    """Only now the disk gets what makes it bootable; reads it back from the disk itself."""
    wanted = job.plan.image.sha256.lower()
    if arrived.sha256 != wanted:
        raise MachineFailed(
            f"the image that came has the digest {arrived.sha256}, {wanted} was ordered: "
            "the server's file or the network damages it; the disk was left without its first MiB"
        )
    job.check_stop()
    arrived.writer.release()
    first = arrived.writer.first_bytes()
    if read_back(fd, len(first)) != first:
        raise MachineFailed("the disk does not read what was written to its first MiB: replace the disk")


def read_back(fd: int, length: int) -> bytes:
    """The disk's first bytes, past the page cache when `fd` was opened for direct access."""
    data = bytearray()
    with mmap.mmap(-1, BLOCK_BYTES) as buffer:
        while len(data) < length:
            view = memoryview(buffer)[: min(BLOCK_BYTES, length - len(data))]
            count = os.preadv(fd, [view], len(data))
            view.release()
            if not count:
                break
            data += buffer[:count]
    return bytes(data)


def _write_whole(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _widen(fd: int) -> None:
    """A larger pipe saves switches between the two programs; a kernel that says no is no failure."""
    with suppress(OSError):
        fcntl.fcntl(fd, _F_SETPIPE_SZ, _PIPE_BYTES)
