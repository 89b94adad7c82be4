"""One install, from the granted claim to the reboot: the steps in their order, each announced. Never tries again."""

from __future__ import annotations

import os
import time
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TypeVar

from rackwright_agent.failures import AgentError, Stopped
from rackwright_agent.plan import target
from rackwright_agent.run import blockdevice, boot, configure, image, layout, protection, wipe
from rackwright_agent.run.job import Job
from rackwright_agent.run.layout import Names
from rackwright_wire.facts import Disk

Result = TypeVar("Result")


class _Failed(Exception):
    """A step failed and has said so; carries nothing."""


def install(job: Job) -> None:
    """Returns when the machine may reboot, was stopped, or failed; the disks are read-only in every case."""
    try:
        disk = _step(job, "find_disk", lambda: _find(job))
        try:
            names = _write(job, disk)
        finally:
            _close(job, disk)
        _hand_over(job, disk, names)
    except Stopped:
        job.console.say("the server stopped this install; the disk is left as it is, read-only")
    except _Failed:
        job.console.say("the install has failed; the disks are read-only, this machine waits for a person")
    finally:
        job.progress.end()


def _write(job: Job, disk: Disk) -> Names:
    total = job.plan.image.raw_bytes
    with _opened(job, disk) as fd:
        reads_zeros = _step(job, "discard", lambda: wipe.wipe(job, disk, fd))
        arrived = _step(job, "write_image", lambda: image.write_image(job, fd, reads_zeros), total)
        _step(job, "verify", lambda: image.verify(job, fd, arrived))
    grown = _step(job, "grow", lambda: layout.grow(job, disk))
    names = _step(job, "identity", lambda: _identity(job, disk, grown))
    _step(job, "configure", lambda: configure.configure(job, names))
    _step(job, "boot", lambda: boot.make_bootable(job, disk, names.layout))
    return names


def _find(job: Job) -> Disk:
    disks = job.disks()
    disk = target.choose(disks, job.plan.disk)
    target.check_fits(disk, job.plan.image)
    others = tuple(other.device for other in disks if other.device != disk.device)
    job.check_stop()
    protection.open_for_writing(disk.device, others, job.sys_root)
    job.console.say(f"writing to {disk.device} ({target.describe(job.plan.disk)}), {disk.size_bytes / 1e9:.1f} GB")
    return disk


def _identity(job: Job, disk: Disk, grown: layout.Layout) -> Names:
    names = layout.rename(job, disk, grown)
    configure.make_own(job, names)
    return names


def _hand_over(job: Job, disk: Disk, names: Names) -> None:
    """The last message is durable at the server before the reboot, or the reboot would look like a lost machine."""
    job.check_stop()
    seq = job.outbox.add(
        "handing_over",
        {
            "boot_mode": job.boot_mode,
            "esp_volume_id": names.esp_volume_id,
            "root_uuid": names.root_uuid,
            "disk_serial": disk.serial,
        },
    )
    job.console.say("the system is on the disk; rebooting into it as soon as the server knows")
    if not job.outbox.wait_accepted(seq, job.stop):
        raise Stopped("stopped by the server")
    job.reboot()


def _step(job: Job, name: str, work: Callable[[], Result], total_bytes: int = 0) -> Result:
    job.check_stop()
    job.outbox.add("step_started", {"step": name})
    job.progress.begin(name, total_bytes)
    began = time.monotonic()
    try:
        result = work()
    except Stopped:
        raise
    except Exception as error:
        # A tool that was killed by the stop, or a disk that became read-only under it, is no failure of its own.
        job.check_stop()
        _report_failure(job, name, _cause(job, error))
        raise _Failed from error
    seconds = round(time.monotonic() - began, 1)
    job.outbox.add("step_finished", {"step": name, "seconds": seconds})
    job.console.say(f"{name}: done in {seconds} s")
    return result


def _report_failure(job: Job, step: str, cause: str) -> None:
    job.console.say(f"{step} failed: {cause}")
    job.outbox.add("step_failed", {"step": step, "error": cause})
    job.outbox.add("install_failed", {"step": step, "error": cause})


def _cause(job: Job, error: Exception) -> str:
    match error:
        case AgentError():
            return str(error)
        case OSError():
            return f"{error.strerror or error}" + (f" ({error.filename})" if error.filename else "")
        case _:
            for line in traceback.format_exception(error)[-3:]:
                job.console.say(line.strip().replace("\n", " | "))
            return f"a mistake in the agent: {type(error).__name__}: {error}"


@contextmanager
def _opened(job: Job, disk: Disk) -> Generator[int]:
    """Exclusive, so that nothing else uses the disk; direct, so that progress is what the disk has taken."""
    try:
        fd = os.open(disk.device, os.O_RDWR | os.O_EXCL | os.O_DIRECT | os.O_CLOEXEC)
    except OSError as error:
        _report_failure(job, "discard", f"{disk.device} cannot be opened for writing: {error.strerror}")
        raise _Failed from error
    try:
        yield fd
    finally:
        os.close(fd)


def _close(job: Job, disk: Disk) -> None:
    """However it ended: everything on the disk, and no disk writable."""
    os.sync()
    try:
        blockdevice.flush(disk.device)
    except OSError as error:
        job.console.say(f"{disk.device} could not be flushed: {error.strerror}")
    for problem in protection.protect_again(disk.device, job.sys_root):
        job.console.say(problem)
