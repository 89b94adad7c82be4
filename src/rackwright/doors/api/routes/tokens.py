"""/tokens: who may use this API. A token's text appears in one answer, once."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from rackwright.app import tokens
from rackwright.decide.access import Act, Role
from rackwright.doors.api.deps import Asked, may
from rackwright.store.tokens import Token
from rackwright.values.audit import Told

router = APIRouter(tags=["tokens"])


class NewToken(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = Field(max_length=64)
    role: Role


class MadeToken(BaseModel):
    id: str
    name: str
    role: Role
    token: str


class Tokens(BaseModel):
    tokens: list[Token]


@router.get("/tokens")
def list_tokens(asked: Annotated[Asked, may(Act.SEE_TOKENS)]) -> Tokens:
    return Tokens(tokens=asked.store.read(tokens.list_tokens))


@router.post("/tokens", status_code=201)
def make_token(asked: Annotated[Asked, may(Act.MAKE_TOKENS)], new: NewToken) -> MadeToken:
    text = tokens.new_text()
    made = asked.act(
        lambda tx: tokens.make_token(tx, asked.now(), new.name, new.role, text),
        Told(new.name, details={"role": new.role.value}),
    )
    return MadeToken(id=made.id, name=made.name, role=made.role, token=text)


@router.delete("/tokens/{token}")
def revoke_token(asked: Annotated[Asked, may(Act.REVOKE_TOKENS)], token: str) -> dict[str, str]:
    """By id or name. From its commit on the token opens nothing."""
    asked.act(
        lambda tx: tokens.revoke_token(tx, asked.now(), token),
        Told(token),
        lambda revoked: Told(revoked.name, details={"role": revoked.role.value}),
    )
    return {}
