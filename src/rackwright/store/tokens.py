"""The rows of API tokens: a token's sha256, never the token."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Row, insert, select, update

from rackwright.decide.access import Role
from rackwright.store import schema
from rackwright.store.store import Tx
from rackwright.values.ids import Id

t = schema.token


@dataclass(frozen=True, slots=True)
class Token:
    """Times in UTC microseconds; `revoked_at` is 0 while the token is good."""

    id: Id
    name: str
    role: Role
    created_at: int
    revoked_at: int = 0


def add(tx: Tx, token: Token, sha256: str) -> None:
    tx.execute(
        insert(t).values(
            id=token.id, name=token.name, role=token.role.value, sha256=sha256, created_at=token.created_at
        )
    )


def live_by_sha256(tx: Tx, sha256: str) -> Token | None:
    row = tx.execute(select(t).where(t.c.sha256 == sha256, t.c.revoked_at == 0)).first()
    return _token(row) if row else None


def everyone(tx: Tx) -> list[Token]:
    """All tokens ever made, oldest first."""
    return [_token(row) for row in tx.execute(select(t).order_by(t.c.created_at, t.c.id))]


def revoke(tx: Tx, token_id: str, now: int) -> None:
    tx.execute(update(t).where(t.c.id == token_id, t.c.revoked_at == 0).values(revoked_at=now))


def _token(row: Row[tuple[object, ...]]) -> Token:
    return Token(Id(row.id), row.name, Role(row.role), row.created_at, row.revoked_at)
