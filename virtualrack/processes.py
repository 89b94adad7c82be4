"""What Python 3.11 lacks for processes: death tied to the parent's, signals as a socket, new namespaces."""

import ctypes
import os
import signal
import socket
from pathlib import Path
from types import FrameType

_libc = ctypes.CDLL(None, use_errno=True)

_PR_SET_PDEATHSIG = 1
_CLONE_NEWNS, _CLONE_NEWUSER, _CLONE_NEWPID, _CLONE_NEWNET = 0x20000, 0x10000000, 0x20000000, 0x40000000
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
    """Give this process new unnamed network and mount namespaces, and its next child a new pid namespace.

    Without root the same happens in a user namespace where this user is root.
    """
    user, group = os.geteuid(), os.getegid()
    flags = _CLONE_NEWNET | _CLONE_NEWNS | _CLONE_NEWPID
    _check(_libc.unshare(flags if user == 0 else flags | _CLONE_NEWUSER), "unshare")
    if user != 0:
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"0 {user} 1")
        _write("/proc/self/gid_map", f"0 {group} 1")
    # Or a mount made here would show on the host.
    _check(_libc.mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE, None), "mount --make-rprivate /")


def mount_proc() -> None:
    """Show the pid namespace's own processes; called by its first process."""
    _check(_libc.mount(b"proc", b"/proc", b"proc", _MS_NOSUID_NODEV_NOEXEC, None), "mount /proc")


def _only_wake(_number: int, _frame: FrameType | None) -> None:
    """The wake-up descriptor tells all there is to tell."""


def _write(path: str, text: str) -> None:
    Path(path).write_text(text)


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
