"""Seals secrets for the database and derives tokens, from one key file. It never stores or logs a secret."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from rackwright.values.errors import OperatorMustFix
from rackwright.vault.key_file import read_or_make_key

_VERSION = "v1"
_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed text stands. It opens nowhere else: a row's secret cannot be copied into another row."""

    table: str
    row: str
    column: str

    def __str__(self) -> str:
        return f"{self.table}:{self.row}:{self.column}"


class Vault:
    """AES-256-GCM under a subkey of `key`; sealed text is `v1:<key id>:<base64 of nonce and ciphertext>`."""

    def __init__(self, key: bytes) -> None:
        self.key_id = _subkey(key, "key id").hex()[:8]
        self._sealing = AESGCM(_subkey(key, "sealing"))
        self._deriving = _subkey(key, "deriving")

    def seal(self, text: str, place: Place) -> str:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = nonce + self._sealing.encrypt(nonce, text.encode(), str(place).encode())
        return f"{_VERSION}:{self.key_id}:{base64.b64encode(sealed).decode()}"

    def open(self, sealed: str, place: Place) -> str:
        """Raises OperatorMustFix when it was sealed by another key, for another place, or was changed."""
        version, _, rest = sealed.partition(":")
        key_id, _, body = rest.partition(":")
        if version != _VERSION:
            _fail("vault_not_sealed", place)
        if key_id != self.key_id:
            _fail("vault_other_key", place, key_id=key_id, own=self.key_id)
        try:
            data = base64.b64decode(body, validate=True)
            text = self._sealing.decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], str(place).encode())
        except (InvalidTag, binascii.Error, ValueError):
            _fail("vault_changed", place)
        return text.decode()

    def derive(self, label: str) -> str:
        """A token that only this key can make again from the label: nothing to store, nothing to leak."""
        mac = hmac.new(self._deriving, label.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(mac).decode().rstrip("=")


def open_vault(state_dir: Path) -> Vault:
    """With the key of this server, made at first use. Raises OperatorMustFix."""
    return Vault(read_or_make_key(state_dir))


def _subkey(key: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"rackwright {purpose}".encode()).derive(key)


def _fail(key: str, place: Place, **values: object) -> NoReturn:
    raise OperatorMustFix(key, place=str(place), **values) from None
