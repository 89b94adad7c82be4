"""What iPXE asks for: the first script, the answer for this machine, the loader of the local disk."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from rackwright.app.answer_boot import BootFound, answer_boot, record_boot
from rackwright.doors.machine.deps import Deps, deps_of, door_url, network_of, peer
from rackwright.render import ipxe
from rackwright.store.sightings import Discovered
from rackwright.values.boot import Booting, BootRequest, Firmware
from rackwright.values.ids import genuine, parse_mac
from rackwright.values.network import Unknown
from rackwright.values.reported import one_line

ESP_PLACEHOLDER = b"@ESPUUID@"
LONGEST = 128


async def first(request: Request) -> Response:
    return PlainTextResponse(ipxe.first_script(door_url(deps_of(request), request)))


async def answer(request: Request) -> Response:
    """One machine's script. Reads inline; writes first when the request is an awaited step of an install."""
    deps = deps_of(request)
    asked = _parse(request)
    if asked is None:
        return PlainTextResponse("#!ipxe\necho Rackwright: no usable MAC in the request\nexit 1\n")
    network = network_of(deps, asked.address)
    unknown_gets = network.unknown if network else Unknown.DISK
    found = deps.read(lambda tx: answer_boot(tx, deps.context, asked, unknown_gets))
    if found.proves and _leased(deps, asked):
        who = found.who
        await deps.write(lambda tx: record_boot(tx, deps.now(), deps.context, who, asked))
        found = deps.read(lambda tx: answer_boot(tx, deps.context, asked, unknown_gets))
    _notice(deps, asked, found)
    ram_os = ipxe.RamOs(door_url(deps, request), _console(deps, found.machine), deps.context.settings.console_shell)
    return PlainTextResponse(ipxe.script(found.answer, asked, ram_os))


async def local_loader(request: Request) -> Response:
    """The small loader, with the ESP that it must find put in place of its placeholder."""
    deps = deps_of(request)
    esp = request.query_params.get("esp", "").encode()
    if not deps.local_loader:
        return PlainTextResponse("no local loader was built\n", 404)
    if len(esp) != len(ESP_PLACEHOLDER) or not esp.replace(b"-", b"").isalnum():
        return Response(deps.local_loader, media_type="application/efi")
    return Response(deps.local_loader.replace(ESP_PLACEHOLDER, esp), media_type="application/efi")


def _leased(deps: Deps, asked: BootRequest) -> bool:
    """Whoever sits at an address that was leased to another port may ask, but proves nothing about this machine."""
    return deps.leases.mac_of(asked.address) in (None, asked.mac)


def _parse(request: Request) -> BootRequest | None:
    query = request.query_params
    mac = parse_mac(query.get("mac", ""))
    if mac is None:
        return None
    firmware = Firmware.UEFI if query.get("platform") == "efi" else Firmware.BIOS
    return BootRequest(
        mac=mac,
        address=peer(request),
        firmware=firmware,
        serial=one_line(query.get("serial", ""), LONGEST),
        uuid=one_line(query.get("uuid", ""), LONGEST),
        vendor=one_line(query.get("manufacturer", ""), LONGEST),
        model=one_line(query.get("product", ""), LONGEST),
        asset_tag=one_line(query.get("asset", ""), LONGEST),
        architecture=one_line(query.get("arch", ""), 16),
    )


def _console(deps: Deps, machine: Booting | None) -> str:
    if machine is None or not machine.console_port:
        return deps.context.settings.ramos_console
    return f"{machine.console_port},{machine.console_speed}n8"


def _notice(deps: Deps, asked: BootRequest, found: BootFound) -> None:
    now = deps.now()
    if found.machine:
        values = {"mac": asked.mac, "address": asked.address, "firmware": asked.firmware.value, "got": found.answer.why}
        deps.notices.saw_boot(found.machine.machine, asked.address, now, values)
        return
    seen = Discovered(asked.mac, genuine(asked.serial), asked.vendor, asked.model, asked.address, now, now)
    deps.notices.saw_unknown(asked.mac, seen)
