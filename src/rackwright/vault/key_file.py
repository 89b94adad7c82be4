"""The vault's key file: 32 random bytes, made once, readable by the server's user alone."""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
import secrets
from pathlib import Path

from rackwright.values.errors import OperatorMustFix

NAME = "vault.key"
KEY_BYTES = 32


def read_or_make_key(state_dir: Path) -> bytes:
    """Raises OperatorMustFix when the file can be read by others or is not whole."""
    path = state_dir / NAME
    if not path.exists():
        _make(path)
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read(1024)
    except OSError as error:
        raise OperatorMustFix("vault_key_unreadable", path=str(path), error=str(error)) from error
    if mode & 0o077:
        raise OperatorMustFix("vault_key_open_to_others", path=str(path), mode=f"{mode & 0o777:o}")
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEY_BYTES:
        raise OperatorMustFix("vault_key_damaged", path=str(path))
    return key


def _make(path: Path) -> None:
    """Written beside and linked into place: whole or not there, and the first of two processes wins."""
    new = path.with_name(f".{NAME}.{secrets.token_hex(8)}")
    try:
        file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(file, base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
            os.fsync(file)
        finally:
            os.close(file)
        with contextlib.suppress(FileExistsError):
            os.link(new, path)
        new.unlink()
        directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(directory)  # what is sealed next is worth nothing without this file
        finally:
            os.close(directory)
    except OSError as error:
        raise OperatorMustFix("vault_key_unreadable", path=str(path), error=str(error)) from error
