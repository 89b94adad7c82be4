"""Reads and writes files below an installed root, as if that root were `/`: no path and no symbolic link inside
it leads outside, whatever the image contains."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Generator
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path

from rackwright_agent.failures import MachineFailed

_MOST_LINKS = 40
_FRESH = ".rackwright-new"
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Tree:
    """One mounted root."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def read(self, path: str) -> str | None:
        """The text of a regular file, or None when it does not exist."""
        try:
            with self._parent(path) as (directory, name):
                fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=directory)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _refused(path, error) from error
        with os.fdopen(fd, "rb") as file:
            return file.read().decode("utf-8", "surrogateescape")

    def peek(self, path: str, most_bytes: int) -> str:
        """The beginning of a regular file of a root that nobody vouches for; empty for whatever else is there."""
        try:
            with self._parent(path) as (directory, name):
                # Not blocking: a pipe in the place of a file would wait for ever.
                flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
                fd = os.open(name, flags, dir_fd=directory)
            with os.fdopen(fd, "rb") as file:
                data = file.read(most_bytes) if stat.S_ISREG(os.fstat(fd).st_mode) else b""
        except (OSError, ValueError):
            return ""
        return data.decode("utf-8", "replace")

    def exists(self, path: str) -> bool:
        """True when something is there; a final link counts as something."""
        try:
            with self._parent(path) as (directory, name):
                os.stat(name, dir_fd=directory, follow_symlinks=False)
                return True
        except FileNotFoundError:
            return False

    def write(self, path: str, text: str, mode: int) -> None:
        """A new file in the place of whatever was there (a link is replaced, not followed), owned by root."""
        with self._created(path, mode) as (directory, name):
            self._put(directory, name, path, text, mode, None)

    def rewrite(self, path: str, text: str, mode_if_new: int = 0o644) -> None:
        """The same, but an existing regular file keeps its mode and owner (shadow belongs to a group)."""
        with self._created(path, mode_if_new) as (directory, name):
            try:
                old = os.stat(name, dir_fd=directory, follow_symlinks=False)
            except FileNotFoundError:
                old = None
            if old is not None and not stat.S_ISREG(old.st_mode):
                old = None
            mode = stat.S_IMODE(old.st_mode) if old else mode_if_new
            self._put(directory, name, path, text, mode, old)

    def link(self, path: str, target: str) -> None:
        """A symbolic link in the place of whatever file was there."""
        with self._created(path, 0o644) as (directory, name):
            self._refuse_directory(directory, name, path)
            _remove(directory, _FRESH)
            os.symlink(target, _FRESH, dir_fd=directory)
            os.replace(_FRESH, name, src_dir_fd=directory, dst_dir_fd=directory)

    def remove_matching(self, directory_path: str, pattern: str) -> None:
        """Removes files of one directory by a shell pattern; a directory that is not there holds none."""
        try:
            with self._parent(f"{directory_path}/x") as (directory, _):
                for name in os.listdir(directory):  # noqa: PTH208 - of an open directory
                    if fnmatch(name, pattern):
                        os.unlink(name, dir_fd=directory)
        except FileNotFoundError:
            return

    def _put(self, directory: int, name: str, path: str, text: str, mode: int, owner: os.stat_result | None) -> None:
        self._refuse_directory(directory, name, path)
        _remove(directory, _FRESH)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        fd = os.open(_FRESH, flags, 0o600, dir_fd=directory)
        with os.fdopen(fd, "wb") as file:
            file.write(text.encode("utf-8", "surrogateescape"))
            file.flush()
            if os.geteuid() == 0:
                os.fchown(fd, owner.st_uid if owner else 0, owner.st_gid if owner else 0)
            os.fchmod(fd, mode)
            os.fsync(fd)
        os.replace(_FRESH, name, src_dir_fd=directory, dst_dir_fd=directory)

    def _refuse_directory(self, directory: int, name: str, path: str) -> None:
        try:
            if stat.S_ISDIR(os.stat(name, dir_fd=directory, follow_symlinks=False).st_mode):
                raise MachineFailed(f"{path} is a directory in the image, a file was ordered")
        except FileNotFoundError:
            return

    @contextmanager
    def _created(self, path: str, mode: int) -> Generator[tuple[int, str]]:
        """Parents that are missing are made; those of a private file are private too, as sshd wants .ssh."""
        try:
            with self._parent(path, 0o700 if not mode & 0o077 else 0o755) as found:
                yield found
        except OSError as error:
            raise _refused(path, error) from error

    @contextmanager
    def _parent(self, path: str, make_mode: int | None = None) -> Generator[tuple[int, str]]:
        parts = [part for part in path.split("/") if part not in ("", ".")]
        if not path.startswith("/") or not parts or ".." in parts or "\0" in path:
            raise MachineFailed(f"{path!r} is no path of a file in the installed system")
        stack = [os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)]
        try:
            _walk(stack, parts[:-1], make_mode)
            yield stack[-1], parts[-1]
        finally:
            for fd in stack:
                os.close(fd)


def _walk(stack: list[int], todo: list[str], make_mode: int | None) -> None:
    """Goes down from stack[0], keeping every directory open, so that `..` is the one it came through."""
    links = 0
    todo.reverse()
    while todo:
        part = todo.pop()
        if part in ("", "."):
            continue
        if part == "..":
            if len(stack) > 1:
                os.close(stack.pop())
            continue
        target = _link_target(stack[-1], part)
        if target is None:
            stack.append(_enter(stack[-1], part, make_mode))
            continue
        links += 1
        if links > _MOST_LINKS:
            raise OSError(errno.ELOOP, "too many symbolic links")
        if target.startswith("/"):
            while len(stack) > 1:
                os.close(stack.pop())
        todo += target.split("/")[::-1]


def _link_target(directory: int, name: str) -> str | None:
    try:
        return os.readlink(name, dir_fd=directory)
    except OSError as error:
        if error.errno in (errno.EINVAL, errno.ENOENT):
            return None
        raise


def _enter(directory: int, name: str, make_mode: int | None) -> int:
    try:
        return os.open(name, _DIRECTORY, dir_fd=directory)
    except FileNotFoundError:
        if make_mode is None:
            raise
    os.mkdir(name, 0o700, dir_fd=directory)
    made = os.open(name, _DIRECTORY, dir_fd=directory)
    os.fchmod(made, make_mode)
    return made


def _remove(directory: int, name: str) -> None:
    try:
        os.unlink(name, dir_fd=directory)
    except FileNotFoundError:
        return


def _refused(path: str, error: OSError) -> MachineFailed:
    return MachineFailed(f"{path} in the installed system: {error.strerror}")
