"""Every error as one shape: {"error": {"key", "text", "values"}}, in the caller's language, never with a secret."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import cast

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import Request

from rackwright import words
from rackwright.doors.api.body_limit import limit_of
from rackwright.doors.api.deps import Unauthorized, account_of, language_of
from rackwright.values.errors import Forbidden, NotFound, OperatorMustFix, RackwrightError, Transient
from rackwright.values.event import Scalar

RETRY_AFTER_S = 5
# Refused because of how things stand, not because of what was sent.
CONFLICTS = frozenset(
    {"plan_changed", "nothing_to_cancel", "token_name_taken", "token_last_admin", "image_known_as", "not_protected"}
)
_BY_STATUS = {404: "route_unknown", 405: "method_wrong", 413: "body_too_large"}


def status_of(error: RackwrightError) -> int:
    match error:
        case Unauthorized():
            return HTTPStatus.UNAUTHORIZED
        case Forbidden():
            return HTTPStatus.FORBIDDEN
        case NotFound():
            return HTTPStatus.NOT_FOUND
        case OperatorMustFix():
            return HTTPStatus.CONFLICT if error.key in CONFLICTS else HTTPStatus.BAD_REQUEST
        case Transient():
            return HTTPStatus.SERVICE_UNAVAILABLE
        case _:
            return HTTPStatus.CONFLICT


def install_handlers(app: FastAPI) -> None:
    app.add_exception_handler(RackwrightError, of_ours)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(HTTPException, of_http)
    app.add_exception_handler(Exception, _bug)


def answer(
    request: Request, status: int, key: str, values: Mapping[str, object], headers: Mapping[str, str] | None = None
) -> JSONResponse:
    plain = {name: _plain(value) for name, value in values.items()}
    account_of(request).refuse(key, plain)
    body = {"error": {"key": key, "text": words.say(language_of(request), key, plain), "values": plain}}
    return JSONResponse(body, status, headers=dict(headers or {}))


def _plain(value: object) -> Scalar | list[str]:
    """JSON's own types as they are, of many their texts, anything else as its text."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return [str(part) for part in cast("Iterable[object]", value)]
    return str(value)


def of_ours(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RackwrightError)
    headers: dict[str, str] = {}
    if isinstance(error, Transient):
        headers["Retry-After"] = str(RETRY_AFTER_S)
    if isinstance(error, Unauthorized):
        headers["WWW-Authenticate"] = "Bearer"
    return answer(request, status_of(error), error.key, error.values, headers)


def _unreadable(request: Request, error: Exception) -> JSONResponse:
    """Names the first wrong field. What was sent is not repeated: it may hold a password."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return answer(request, 400, "request_not_json", {"position": first["loc"][-1]})
    place = [str(part) for part in first["loc"] if part not in ("body", "query", "path")]
    return answer(request, 400, "request_wrong", {"field": ".".join(place) or "body", "problem": first["msg"]})


def of_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    key = _BY_STATUS.get(error.status_code, "request_refused")
    values: dict[str, object] = {"status": error.status_code, "path": request.url.path, "detail": error.detail}
    if error.status_code == 413:
        values["most_mib"] = limit_of(request.method, request.url.path) // 2**20
    return answer(request, error.status_code, key, values, error.headers)


def _bug(request: Request, _error: Exception) -> JSONResponse:
    """The traceback goes to the log; the caller learns only that it is our fault."""
    return answer(request, 500, "bug", {"path": request.url.path})
