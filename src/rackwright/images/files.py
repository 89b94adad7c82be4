"""The files of system images, each under its own sha256. What is not whole and right is never there."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path

from rackwright.images import zstd_frames
from rackwright.values.errors import OperatorMustFix

_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Received:
    """What an upload turned out to be. `raw_bytes` is None where the file does not say it."""

    sha256: str
    size_bytes: int
    raw_bytes: int | None


class ImageStore:
    """`path(sha256)` is a whole, checked file. Uploads live apart, under `incoming`, until they are."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._incoming = directory / "incoming"

    def sweep(self) -> None:
        """Removes what uploads left behind that a stop of the server cut off. Only at start."""
        shutil.rmtree(self._incoming, ignore_errors=True)

    def path(self, sha256: str) -> Path | None:
        if not _DIGEST.fullmatch(sha256):
            return None
        path = self._directory / sha256
        return path if path.is_file() else None

    def free_bytes(self) -> int:
        self._directory.mkdir(parents=True, exist_ok=True)
        return shutil.disk_usage(self._directory).free

    def receive(self) -> Upload:
        self._incoming.mkdir(parents=True, exist_ok=True)
        return Upload(self._directory, self._incoming / uuid.uuid4().hex)


class Upload:
    """One file on its way in: `write` its pieces, `check` them, `keep` the file; `discard` is safe at any time."""

    def __init__(self, directory: Path, path: Path) -> None:
        self._directory = directory
        self._path = path
        self._file = path.open("xb")
        self._digest = hashlib.sha256()
        self._size = 0

    def write(self, piece: bytes) -> None:
        try:
            self._file.write(piece)
        except OSError as error:
            raise OperatorMustFix("image_not_stored", error=str(error)) from error
        self._digest.update(piece)
        self._size += len(piece)

    def check(self, wanted_sha256: str, compression: str) -> Received:
        """Reads back what came. Raises OperatorMustFix when it is not the file that was announced."""
        sha256 = self._digest.hexdigest()
        if wanted_sha256 and sha256 != wanted_sha256:
            raise OperatorMustFix("image_digest_differs", wanted=wanted_sha256, got=sha256, size_bytes=self._size)
        if not self._size:
            raise OperatorMustFix("image_empty")
        self._file.flush()
        raw = zstd_frames.content_bytes(self._path) if compression == "zstd" else self._size
        return Received(sha256, self._size, raw)

    def keep(self) -> None:
        """Puts the file under its digest, durably, in one step."""
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._path.chmod(0o644)
            self._path.replace(self._directory / self._digest.hexdigest())
        except OSError as error:
            raise OperatorMustFix("image_not_stored", error=str(error)) from error
        directory = os.open(self._directory, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)

    def discard(self) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)
