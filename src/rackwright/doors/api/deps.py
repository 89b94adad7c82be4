"""What the operators' door stands on, and what each request is asked with: by whom, in which language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Protocol, cast

from fastapi import Depends
from fastapi.security import HTTPBearer
from starlette.requests import Request

from rackwright.app.context import Context
from rackwright.decide.access import LEAST, Act, Role, allowed
from rackwright.settings import Settings
from rackwright.store.store import Store
from rackwright.store.tokens import Token
from rackwright.values.errors import Forbidden, RackwrightError
from rackwright.vault.vault import Vault
from rackwright.words import LANGUAGES


class Received(Protocol):
    @property
    def sha256(self) -> str: ...
    @property
    def size_bytes(self) -> int: ...
    @property
    def raw_bytes(self) -> int | None: ...


class Upload(Protocol):
    """A file on its way in; see images.files.Upload."""

    def write(self, piece: bytes) -> None: ...
    def check(self, wanted_sha256: str, compression: str) -> Received: ...
    def keep(self) -> None: ...
    def discard(self) -> None: ...


class ImageFiles(Protocol):
    def free_bytes(self) -> int: ...
    def receive(self) -> Upload: ...


@dataclass(frozen=True)
class ApiDeps:
    """`now` gives UTC microseconds."""

    store: Store
    settings: Settings
    vault: Vault
    images: ImageFiles
    now: Callable[[], int]


class Unauthorized(RackwrightError):
    """No token, or one that is not good."""


@dataclass(frozen=True)
class Asked:
    """One request: the server's parts, who asks, and the language of the answer's texts."""

    deps: ApiDeps
    actor: str
    role: Role
    language: str

    @property
    def store(self) -> Store:
        return self.deps.store

    @property
    def context(self) -> Context:
        return Context(self.deps.settings, self.deps.vault)

    @property
    def site(self) -> str:
        return self.deps.settings.site

    def now(self) -> int:
        return self.deps.now()


def deps_of(request: Request) -> ApiDeps:
    return cast("ApiDeps", request.app.state.deps)


def language_of(request: Request) -> str:
    """The first language of Accept-Language that we have, or else the setting's."""
    for part in request.headers.get("accept-language", "").split(","):
        tag = part.split(";")[0].strip().lower()[:2]
        if tag in LANGUAGES:
            return tag
    return deps_of(request).settings.language


# For the description alone: authenticate.py has read the token before.
_bearer = HTTPBearer(auto_error=False, description="A token made by `rackwright tokens add`.")


def may(act: Act) -> Any:
    """A dependency that gives the request to a handler only when its token's role allows the act."""

    def asked(request: Request, _: Annotated[object, Depends(_bearer)]) -> Asked:
        token = cast("Token", request.state.token)
        if not allowed(token.role, act):
            raise Forbidden("role_too_low", role=token.role.value, act=act.value, least=LEAST[act].value)
        return Asked(deps_of(request), token.name, token.role, language_of(request))

    return Depends(asked)
