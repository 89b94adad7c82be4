"""What a machine's firmware does before any system runs: asks by iPXE, and follows the script it is given."""

from __future__ import annotations

import asyncio
import random
import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from fleet.hardware import Hardware
from fleet.http import Unreachable
from fleet.line import Line
from fleet.rack import MODEL, VENDOR

TRIES = 3
_CHAIN = re.compile(r"^chain .*?(http://\S+/v1/boot\?\S+)", re.MULTILINE)
_VARIABLE = re.compile(r"\$\{([^}]*)\}")


@dataclass(frozen=True, slots=True)
class Script:
    """What an answer tells the firmware: the files of a RAM OS to load, or nothing, which is the local disk."""

    ram_os: tuple[str, ...] = ()
    loader: str = ""


def read_script(text: str) -> Script:
    """Follows an iPXE script of the server. Raises ValueError for one that iPXE would not understand."""
    lines = text.splitlines()
    if not lines or lines[0] != "#!ipxe":
        raise ValueError(f"no iPXE script: {text[:80]!r}")
    files: list[str] = []
    for line in lines[1:]:
        words = line.split()
        match words[:1]:
            case ["kernel"] | ["initrd"]:
                files.append(_path(next(word for word in words if word.startswith("http://"))))
            case ["boot"] if files:
                return Script(ram_os=tuple(files))
            case ["chain"]:
                return Script(loader=_path(words[1]))
            case ["sanboot"] | ["exit"]:
                return Script()
            case _:
                continue
    raise ValueError(f"the script has no end: {text[:200]!r}")


def asked_by(first_script: str, hardware: Hardware, port: int) -> str:
    """The path that the first script chains to, with iPXE's variables put in."""
    found = _CHAIN.search(first_script)
    if not found:
        raise ValueError(f"no chain in the first script: {first_script[:200]!r}")
    body = hardware.body
    values = {
        "netX/mac:hexhyp": body.ports[port].mac.replace(":", "-"), "uuid": body.uuid,
        "serial:uristring": quote(body.serial), "product:uristring": quote(MODEL),
        "manufacturer:uristring": quote(VENDOR), "asset:uristring": "", "platform": "efi" if body.uefi else "pcbios",
        "buildarch": "x86_64",
    }  # fmt: skip
    return _path(_VARIABLE.sub(lambda variable: values[variable[1]], found[1]))


async def netboot(hardware: Hardware, line: Line, rng: random.Random, port: int) -> Script | None:
    """Asks as the first script says; None when nobody answered and the firmware goes on to its next device."""
    source = hardware.body.ports[port].address
    first = await _get(line, "/boot.ipxe", source)
    if first is None:
        return None
    path = asked_by(first, hardware, port)
    for number in range(1, TRIES + 1):
        text = await _get(line, path, source)
        if text is not None:
            script = read_script(text)
            return script if await _loads(script, line, source) else None
        await asyncio.sleep(number * rng.uniform(0.2, 0.5))
    return None


async def _loads(script: Script, line: Line, source: str) -> bool:
    """Kernel and initrd; a loader of the disk may be missing, the firmware then finds the disk by itself."""
    for path in script.ram_os:
        if await _get(line, path, source) is None:
            return False
    if script.loader:
        await _get(line, script.loader, source)
    return True


async def _get(line: Line, path: str, source: str) -> str | None:
    try:
        answer = await line.ask("GET", path, source=source)
    except Unreachable:
        return None
    return answer.body.decode("latin-1") if answer.status == 200 else None


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
