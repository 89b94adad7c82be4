"""Reads and edits the variable store of an OVMF_VARS file: bytes in, bytes out. Only while the machine is off.

Layout: EDK II MdeModulePkg/Include/Guid/VariableFormat.h, authenticated variables.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from .bootplan import BootTarget

_GLOBAL = UUID("8be4df61-93ca-11d2-aa0d-00e098032b8c").bytes_le
_AUTHENTICATED_STORE = UUID("aaf32c78-947b-439a-a180-2e144ec37792").bytes_le
_STORE_HEADER = struct.Struct("<16sIBBHI")
_VARIABLE_HEADER = struct.Struct("<HBBIQ16sIII16s")
_START, _ADDED, _IN_DELETED_TRANSITION, _DELETED_MASK = 0x55AA, 0x3F, 0x3E, 0xFD
_NON_VOLATILE_BOOT_RUNTIME = 7

_NODE_MESSAGING, _NODE_MEDIA, _NODE_END = 3, 4, 0x7F
_MAC_SUBTYPE, _URI_SUBTYPE, _IPV6_SUBTYPE = 11, 24, 13
_FIRMWARE_FILE_SUBTYPES = (6, 7)


class NvramError(Exception):
    """The file is no OVMF variable store, or has no room left."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A live variable of the EFI global vendor; `offset` is that of its header in the file."""

    name: str
    data: bytes
    offset: int


def read_variables(image: bytes) -> dict[str, Variable]:
    """All live EFI global variables by name."""
    found: dict[str, Variable] = {}
    for state, vendor, variable, _ in _walk(image):
        # A variable in transition counts only until its replacement is there; replacements come later.
        if vendor == _GLOBAL and state in (_ADDED, _IN_DELETED_TRANSITION):
            found[variable.name] = variable
    return found


def set_boot_next(image: bytes, target: BootTarget) -> bytes | None:
    """The image with BootNext at the first boot entry of that kind; None when the firmware has none."""
    variables = read_variables(image)
    number = next((n for n in _ordered(variables) if _kind(variables, n) is target), None)
    if number is None:
        return None
    return _set_variable(image, "BootNext", struct.pack("<H", number))


def boot_order(image: bytes) -> list[str]:
    """The descriptions of the boot entries, in BootOrder's order: for evidence."""
    variables = read_variables(image)
    return [_description(variables[_entry(n)].data) for n in _ordered(variables)]


def _ordered(variables: dict[str, Variable]) -> list[int]:
    order = variables["BootOrder"].data if "BootOrder" in variables else b""
    numbers = [n for (n,) in struct.iter_unpack("<H", order)]
    return [n for n in numbers if _entry(n) in variables]


def _entry(number: int) -> str:
    return f"Boot{number:04X}"


def _description(data: bytes) -> str:
    end = next(i for i in range(6, len(data), 2) if data[i : i + 2] == b"\0\0")
    return data[6:end].decode("utf-16-le")


def _kind(variables: dict[str, Variable], number: int) -> BootTarget | None:
    data = variables[_entry(number)].data
    path_length = struct.unpack_from("<H", data, 4)[0]
    path_start = 6 + len(_description(data)) * 2 + 2
    nodes = list(_nodes(data[path_start : path_start + path_length]))
    subtypes = {subtype for kind, subtype in nodes if kind == _NODE_MESSAGING}
    if _MAC_SUBTYPE in subtypes:
        # HTTP boot and PXE over IPv6 are network entries too, but not what a one-shot "pxe" means.
        return None if subtypes & {_URI_SUBTYPE, _IPV6_SUBTYPE} else BootTarget.NETWORK
    if any(kind == _NODE_MEDIA and subtype in _FIRMWARE_FILE_SUBTYPES for kind, subtype in nodes):
        return None
    return BootTarget.DISK


def _nodes(path: bytes) -> Iterator[tuple[int, int]]:
    at = 0
    while at + 4 <= len(path):
        kind, subtype, length = struct.unpack_from("<BBH", path, at)
        if kind == _NODE_END or length < 4:
            return
        yield kind, subtype
        at += length


def _store_bounds(image: bytes) -> tuple[int, int]:
    """Offsets of the first variable header and of the end of the store."""
    if image[40:44] != b"_FVH":
        raise NvramError("no firmware volume")
    start: int = struct.unpack_from("<H", image, 48)[0]
    guid, size, *_ = _STORE_HEADER.unpack_from(image, start)
    if guid != _AUTHENTICATED_STORE:
        raise NvramError("no authenticated variable store")
    return start + _STORE_HEADER.size, start + size


def _walk(image: bytes) -> Iterator[tuple[int, bytes, Variable, int]]:
    """State, vendor, variable and end offset of everything in the store, dead or alive."""
    at, end = _store_bounds(image)
    while at + _VARIABLE_HEADER.size <= end:
        start, state, _, _, _, _, _, name_size, data_size, vendor = _VARIABLE_HEADER.unpack_from(image, at)
        if start != _START:
            return
        name_at = at + _VARIABLE_HEADER.size
        data_at = name_at + name_size
        name = image[name_at : data_at - 2].decode("utf-16-le", "replace")
        next_at = (data_at + data_size + 3) & ~3
        yield state, vendor, Variable(name, image[data_at : data_at + data_size], at), next_at
        at = next_at


def _set_variable(image: bytes, name: str, data: bytes) -> bytes:
    edited = bytearray(image)
    at, end = _store_bounds(image)
    for state, vendor, variable, next_at in _walk(image):
        if vendor == _GLOBAL and variable.name == name:
            edited[variable.offset + 2] = state & _DELETED_MASK
        at = next_at
    encoded = name.encode("utf-16-le") + b"\0\0"
    header = _VARIABLE_HEADER.pack(
        _START, _ADDED, 0, _NON_VOLATILE_BOOT_RUNTIME, 0, bytes(16), 0, len(encoded), len(data), _GLOBAL
    )
    record = header + encoded + data
    # The firmware compacts its store when it boots; until then a full store is an honest refusal.
    if at + len(record) > end:
        raise NvramError(f"no room for {name}")
    edited[at : at + len(record)] = record
    return bytes(edited)
