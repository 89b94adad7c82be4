"""The agent's messages and the phone-home: parsed, bounded, authenticated, and handed to their use cases."""

from __future__ import annotations

import hmac
import re
from functools import cache
from typing import TypeVar
from urllib.parse import parse_qs

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from rackwright.app.claim import claim
from rackwright.app.join import join
from rackwright.app.phone_home import Heard, PhoneHome, phone_home
from rackwright.app.poll import WrongSession, poll
from rackwright.app.report import report
from rackwright.doors.machine.deps import Deps, deps_of, door_url, peer
from rackwright.store.sessions import Session
from rackwright.values.reported import one_line
from rackwright_wire import PROTOCOL
from rackwright_wire.messages import Claim, Join, Poll, Progress, Report

T = TypeVar("T")
M = TypeVar("M", Report, Claim)
LONGEST_BODY = 1 << 20
# Sessions and boots are UUIDs. Anything else is no key to look up: PostgreSQL refuses NUL, and an empty
# boot_id would make one session of all machines that cannot read theirs.
_KEY = re.compile(r"[0-9A-Za-z-]{8,64}")
_encode = msgspec.json.Encoder().encode


class _Refused(Exception):
    def __init__(self, status: int, text: str) -> None:
        self.answer = Response(_encode({"error": text}), status, media_type="application/json")


async def join_(request: Request) -> Response:
    deps, address = deps_of(request), peer(request)
    try:
        message = await _message(request, Join)
    except _Refused as refused:
        return refused.answer
    if message.protocol != PROTOCOL:
        return _Refused(400, f"protocol {message.protocol} is not spoken here, only {PROTOCOL}").answer
    if not _KEY.fullmatch(message.boot_id):
        return _Refused(400, "boot_id is not the kernel's").answer
    lease = deps.leases.mac_of(address)
    return _json(await deps.write(lambda tx: join(tx, deps.now(), deps.context, message, address, lease)))


async def poll_(request: Request) -> Response:
    deps = deps_of(request)
    try:
        message = await _message(request, Poll)
        if not _KEY.fullmatch(message.session):
            raise WrongSession
        session, order = deps.read(lambda tx: poll(tx, deps.context, message.session))
        if session.install and session_of(request) != session.id:
            return _Refused(401, "the token is not this session's").answer
    except _Refused as refused:
        return refused.answer
    except WrongSession:
        return _Refused(401, "no such session; join again").answer
    if session.machine and not session.fenced_at:
        _notice_poll(deps, session, message)
    return _json(order)


async def events(request: Request) -> Response:
    deps = deps_of(request)
    try:
        message = await _authorised(request, Report)
        return _json(await deps.write(lambda tx: report(tx, deps.now(), deps.context, message)))
    except _Refused as refused:
        return refused.answer
    except WrongSession:
        return _Refused(401, "no such session; join again").answer


async def claim_(request: Request) -> Response:
    deps, url = deps_of(request), door_url(deps_of(request), request)
    try:
        message = await _authorised(request, Claim)
        if "\0" in message.install:
            raise _Refused(400, "install is no install's id")
        return _json(await deps.write(lambda tx: claim(tx, deps.now(), deps.context, message, url)))
    except _Refused as refused:
        return refused.answer
    except WrongSession:
        return _Refused(401, "no such session; join again").answer


async def phone_home_(request: Request) -> Response:
    """From plain shell: a form. 200 ok; 410 when nobody waits for it, so that it stops asking."""
    deps = deps_of(request)
    try:
        body = await _body(request)
        form = parse_qs(body.decode("utf-8", "replace"), max_num_fields=32)
    except _Refused as refused:
        return refused.answer
    except ValueError as error:
        return _Refused(400, str(error)).answer
    given = {name: form.get(name, [""])[0] for name in PhoneHome.__dataclass_fields__}
    if not _KEY.fullmatch(given["install"]):
        return PlainTextResponse("gone\n", 410)
    heard = await deps.write(lambda tx: phone_home(tx, deps.now(), deps.context, PhoneHome(**given)))
    return PlainTextResponse("ok\n") if heard is Heard.OK else PlainTextResponse("gone\n", 410)


def session_of(request: Request) -> str | None:
    """The session whose token the request carries, None without one or when it is wrong."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    session = given.strip().partition(".")[0]
    if scheme.lower() != "bearer" or not session:
        return None
    right = deps_of(request).context.session_token(session)
    return session if hmac.compare_digest(given.strip().encode(), right.encode()) else None


def _notice_poll(deps: Deps, session: Session, message: Poll) -> None:
    """Progress counts only from a session that has a token: nobody else may keep an install from stalling."""
    progress = message.progress
    if progress is None or not session.install:
        # A boot that no install has may be another machine's: its polls say nothing of the one that is installed.
        kind = "poll" if session.install else "idle"
        deps.notices.saw(session.machine, kind, deps.now(), {"doing": one_line(message.doing, 40)})
        return
    deps.notices.saw_progress(session.machine, deps.now(), _bounded(progress))


def _bounded(progress: Progress) -> dict[str, str | int | float | bool | None]:
    return {
        "step": one_line(progress.step, 40),
        "done_bytes": progress.done_bytes,
        "total_bytes": progress.total_bytes,
        "bytes_per_s": progress.bytes_per_s,
    }


async def _authorised(request: Request, kind: type[M]) -> M:
    message = await _message(request, kind)
    if session_of(request) != message.session:
        raise _Refused(401, "the token is not this session's")
    return message


async def _message(request: Request, kind: type[T]) -> T:
    try:
        return _decoder(kind).decode(await _body(request))
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _Refused(400, str(error)) from error


@cache
def _decoder(kind: type[T]) -> msgspec.json.Decoder[T]:
    return msgspec.json.Decoder(kind)


async def _body(request: Request) -> bytes:
    body = b""
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > LONGEST_BODY:
                raise _Refused(413, f"longer than {LONGEST_BODY} bytes")
    except ClientDisconnect as error:
        raise _Refused(400, "the message was cut short") from error
    return body


def _json(message: object) -> Response:
    return Response(_encode(message), media_type="application/json")
