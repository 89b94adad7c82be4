"""What Python 3.11 lacks for processes: death tied to the parent's, signals as a socket, new namespaces."""

import ctypes
import os
import signal
import socket
from types import FrameType

_libc = ctypes.CDLL(None, use_errno=True)

_PR_SET_PDEATHSIG = 1
_CLONE_NEWNS, _CLONE_NEWPID, _CLONE_NEWNET = 0x20000, 0x20000000, 0x40000000
_MS_REC, _MS_PRIVATE = 0x4000, 0x40000
_MS_NOSUID_NODEV_NOEXEC = 2 | 4 | 8


def die_with_parent(signal_number: int = signal.SIGKILL) -> None:
    """Have this process signalled when the thread that started it ends, however it ends."""
    _check(_libc.prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0), "prctl")


def signal_socket(*numbers: int) -> socket.socket:
    """Catch these signals; the socket becomes readable with the number of each that arrives, a byte each."""
    writes, reads = socket.socketpair()
    for end in (writes, reads):
        end.setblocking(False)
    signal.set_wakeup_fd(writes.detach())
    for number in numbers:
        signal.signal(number, _only_wake)
    return reads


def enter_new_namespaces() -> None:
    """Give this process new unnamed network and mount namespaces, and its next child a new pid namespace."""
    _check(_libc.unshare(_CLONE_NEWNET | _CLONE_NEWNS | _CLONE_NEWPID), "unshare")
    # Or a mount made here would show on the host.
    _check(_libc.mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE, None), "mount --make-rprivate /")


def mount_own_views() -> None:
    """Make /proc and /sys show the namespaces' own processes and network devices; called by the first process."""
    for kind, path in ((b"proc", b"/proc"), (b"sysfs", b"/sys")):
        _check(_libc.mount(kind, path, kind, _MS_NOSUID_NODEV_NOEXEC, None), f"mount {path.decode()}")


def _only_wake(_number: int, _frame: FrameType | None) -> None:
    """The wake-up descriptor tells all there is to tell."""


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
