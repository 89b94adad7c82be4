"""What the operators' door stands on, and what each request is asked with: by whom, in which language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Annotated, Any, Protocol, TypeVar, cast

from fastapi import Depends
from fastapi.security import HTTPBearer
from starlette.requests import Request

from rackwright.app.audit import put_down
from rackwright.app.context import Context
from rackwright.decide.access import LEAST, Act, Role, allowed
from rackwright.settings import Settings
from rackwright.store.store import Store, Tx
from rackwright.store.tokens import Token
from rackwright.values.audit import Details, Told
from rackwright.values.errors import Forbidden, RackwrightError
from rackwright.vault.vault import Vault
from rackwright.words import LANGUAGES

T = TypeVar("T")


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


@dataclass
class Account:
    """What the audit will say of one request; `written` once its row is committed, or none is due."""

    act: Act | None = None
    told: Told = field(default_factory=Told)
    written: bool = False

    def refuse(self, key: str, values: Details) -> None:
        self.told = replace(self.told, outcome=key, details={**self.told.details, **values})


@dataclass(frozen=True)
class Asked:
    """One request: the server's parts, who asks, and the language of the answer's texts."""

    deps: ApiDeps
    actor: str
    role: Role
    language: str
    account: Account

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

    def act(
        self, do: Callable[[Tx], T], told: Told, after: Callable[[T], Told] | None = None, act: Act | None = None
    ) -> T:
        """Does something in one transaction with its row of the audit: both are committed, or neither.

        `told` is what the row says, also of a refusal; `after` says it better from what came of it; `act` is a finer
        name than the route's."""
        self.account.told = told
        self.account.act = act or self.account.act

        def both(tx: Tx) -> T:
            made = do(tx)
            self.put_down(tx, after(made) if after else told)
            return made

        done = self.store.write(both)
        self.is_written()
        return done

    def put_down(self, tx: Tx, told: Told) -> None:
        """For an act of several transactions: the row belongs into one of them. Then `is_written`."""
        assert self.account.act is not None
        put_down(tx, self.now(), self.site, self.actor, self.account.act, told)

    def is_written(self) -> None:
        """Its row is committed; or, for what turned out to be no act, none is due."""
        self.account.written = True


def deps_of(request: Request) -> ApiDeps:
    return cast("ApiDeps", request.app.state.deps)


def account_of(request: Request) -> Account:
    if not hasattr(request.state, "account"):
        request.state.account = Account()
    return cast("Account", request.state.account)


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
    return Depends(partial(_asked, act))


def act_allowed(dependency: object) -> Act | None:
    """The act of a dependency that `may` made."""
    return dependency.args[0] if isinstance(dependency, partial) and dependency.func is _asked else None


def _asked(act: Act, request: Request, _: Annotated[object, Depends(_bearer)]) -> Asked:
    token = cast("Token", request.state.token)
    account = account_of(request)
    account.act = act
    if not allowed(token.role, act):
        raise Forbidden("role_too_low", role=token.role.value, act=act.value, least=LEAST[act].value)
    return Asked(deps_of(request), token.name, token.role, language_of(request), account)
