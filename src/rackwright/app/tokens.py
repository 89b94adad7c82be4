"""Requests: make, list and revoke API tokens. A token's text is given once and kept only as its sha256."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from pathlib import Path

from rackwright.decide.access import Role
from rackwright.store import tokens
from rackwright.store.store import Store, Tx
from rackwright.store.tokens import Token
from rackwright.values.errors import NotFound, OperatorMustFix
from rackwright.values.ids import new_id

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_LENGTH = 43  # base62 digits that hold 32 bytes
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
FIRST_TOKEN_FILE = "admin.token"  # noqa: S105, a file name


def new_text() -> str:
    """A fresh token of 32 random bytes: `rw_` and 43 base62 digits."""
    number = secrets.randbits(256)
    digits: list[str] = []
    for _ in range(_LENGTH):
        number, digit = divmod(number, 62)
        digits.append(_BASE62[digit])
    return "rw_" + "".join(reversed(digits))


def sha256_of(text: str) -> str:
    # A plain hash is enough: 256 random bits cannot be guessed, unlike a password.
    return hashlib.sha256(text.encode()).hexdigest()


def who(tx: Tx, text: str) -> Token | None:
    """Whose token this is, if it is good."""
    return tokens.live_by_sha256(tx, sha256_of(text))


def make_token(tx: Tx, now: int, name: str, role: Role, text: str) -> Token:
    if not _NAME.fullmatch(name):
        raise OperatorMustFix("token_name_wrong", name=name)
    if any(token.name == name and not token.revoked_at for token in tokens.everyone(tx)):
        raise OperatorMustFix("token_name_taken", name=name)
    token = Token(new_id(), name, role, now)
    tokens.add(tx, token, sha256_of(text))
    return token


def list_tokens(tx: Tx) -> list[Token]:
    return tokens.everyone(tx)


def revoke_token(tx: Tx, now: int, token_id: str) -> Token:
    """By id or by name, and whose it was. Revoking twice is no error; the last admin's token stays."""
    every = tokens.everyone(tx)
    live = [token for token in every if not token.revoked_at]
    found = next((t for t in [*live, *every] if token_id in (t.id, t.name)), None)
    if found is None:
        raise NotFound("token_unknown", id=token_id)
    admins = [token.id for token in live if token.role is Role.ADMIN]
    if admins == [found.id]:
        raise OperatorMustFix("token_last_admin", name=found.name)
    tokens.revoke(tx, found.id, now)
    return found


def first_token(store: Store, now: int, state_dir: Path) -> str | None:
    """Makes the first admin's token when there is no token at all; None later.

    The file is written before the row: a crash between leaves a useless file, never an unknown token."""
    if store.read(tokens.everyone):
        return None
    text = new_text()
    _write_private(state_dir / FIRST_TOKEN_FILE, text + "\n")
    store.write(lambda tx: make_token(tx, now, "admin", Role.ADMIN, text))
    return text


def _write_private(path: Path, text: str) -> None:
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
