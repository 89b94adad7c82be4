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
_MAC_SUBTYPE = 11
_FIRMWARE_FILE_SUBTYPES = (6, 7)
_ACTIVE = 1

# Far from the numbers that firmware and operating systems give out, and not in BootOrder unless the
# machine's setting is network first: the firmware keeps entries it did not make.
_NETWORK_ENTRY = 0xFF00
NETWORK_PCI_SLOT = 2


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


def add_network_entry(image: bytes, mac: str, *, first: bool) -> bytes:
    """The image with a boot entry for the NIC's own boot ROM; `first` also makes it all of BootOrder."""
    image = _set_variable(image, _entry(_NETWORK_ENTRY), _network_option(mac))
    return _set_variable(image, "BootOrder", struct.pack("<H", _NETWORK_ENTRY)) if first else image


def set_boot_next(image: bytes, target: BootTarget) -> bytes | None:
    """The image with BootNext set for that kind of device; None when it has no entry for one."""
    variables = read_variables(image)
    candidates = [_NETWORK_ENTRY] if target is BootTarget.NETWORK else _ordered(variables)
    number = next((n for n in candidates if _kind(variables, n) is target), None)
    return None if number is None else _set_variable(image, "BootNext", struct.pack("<H", number))


def boot_order(image: bytes) -> list[str]:
    """The descriptions of the boot entries, in BootOrder's order: for evidence."""
    variables = read_variables(image)
    return [_description(variables[_entry(n)].data) for n in _ordered(variables)]


def _ordered(variables: dict[str, Variable]) -> list[int]:
    order = variables["BootOrder"].data if "BootOrder" in variables else b""
    numbers: list[int] = [n for (n,) in struct.iter_unpack("<H", order[: len(order) & ~1])]
    return [n for n in numbers if _entry(n) in variables]


def _entry(number: int) -> str:
    return f"Boot{number:04X}"


def _network_option(mac: str) -> bytes:
    """An EFI_LOAD_OPTION whose path is PciRoot(0x0)/Pci(slot,0x0)/MAC(mac,0x1): what iPXE's ROM answers to."""
    description = "Network, asked for by the BMC\0".encode("utf-16-le")
    pci_root = struct.pack("<BBHII", 2, 1, 12, 0x0A0341D0, 0)
    pci = struct.pack("<BBHBB", 1, 1, 6, 0, NETWORK_PCI_SLOT)
    nic = struct.pack("<BBH32sB", _NODE_MESSAGING, _MAC_SUBTYPE, 37, bytes.fromhex(mac.replace(":", "")), 1)
    path = pci_root + pci + nic + struct.pack("<BBH", _NODE_END, 0xFF, 4)
    return struct.pack("<IH", _ACTIVE, len(path)) + description + path


def _description_end(data: bytes) -> int:
    """The offset of the description's terminator; the guest may have written anything at all."""
    return next((i for i in range(6, len(data), 2) if data[i : i + 2] == b"\0\0"), len(data))


def _description(data: bytes) -> str:
    return data[6 : _description_end(data)].decode("utf-16-le", "replace")


def _kind(variables: dict[str, Variable], number: int) -> BootTarget | None:
    variable = variables.get(_entry(number))
    if variable is None or len(variable.data) < 8:
        return None
    path_length = struct.unpack_from("<H", variable.data, 4)[0]
    path_start = _description_end(variable.data) + 2
    nodes = list(_nodes(variable.data[path_start : path_start + path_length]))
    if (_NODE_MESSAGING, _MAC_SUBTYPE) in nodes:
        return BootTarget.NETWORK
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
