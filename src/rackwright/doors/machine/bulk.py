"""Files for machines: the RAM OS for anyone on the network, an image for the session that claimed."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from rackwright.app.fetch_image import may_fetch
from rackwright.app.note_dhcp import machine_of_port
from rackwright.doors.machine.deps import Deps, deps_of, peer
from rackwright.doors.machine.protocol import session_of

RAM_OS_FILES = frozenset({"vmlinuz", "initrd.img"})


class _LargeFile(FileResponse):
    chunk_size = 1 << 20  # a thread hop for each chunk: the default 64 KiB costs more than the bytes


async def ram_os(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in RAM_OS_FILES:
        return PlainTextResponse("no such file\n", 404)
    deps = deps_of(request)
    _notice(deps, peer(request), name)
    return _file(deps.ramos_dir / name)


async def image(request: Request) -> Response:
    """Ranges are honoured, so a broken transfer goes on where it stopped."""
    deps = deps_of(request)
    sha256 = request.path_params["sha256"]
    session = session_of(request)
    if session is None:
        return PlainTextResponse("a session's token is needed\n", 401)
    if not deps.read(lambda tx: may_fetch(tx, deps.context, session, sha256)):
        return PlainTextResponse("this session has not claimed this image\n", 403)
    return _file(deps.image_path(sha256))


def _notice(deps: Deps, address: str, name: str) -> None:
    """Who it is, this request does not say: whoever booted from the address or, in another process, its lease."""
    mac = "" if deps.notices.machine_at(address) else deps.leases.mac_of(address)
    machine = deps.read(lambda tx: machine_of_port(tx, deps.context, mac)) if mac else deps.notices.machine_at(address)
    if machine:
        deps.notices.saw(machine, "kernel", deps.now(), {"file": name, "address": address})


def _file(path: Path | None) -> Response:
    if path is None or not path.is_file():
        return PlainTextResponse("no such file\n", 404)
    return _LargeFile(path, media_type="application/octet-stream")
