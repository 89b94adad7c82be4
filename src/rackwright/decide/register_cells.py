"""Reads one cell of the register: text to its normal form, or the problem with it. One function a kind of value."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from typing import Final

from rackwright.decide import disk_selector
from rackwright.values.ids import Mac, genuine, parse_mac
from rackwright.values.machine import BmcType, RegisteredNic, Service
from rackwright.values.problem import Problem

LONGEST: Final = 400
SPEEDS: Final = (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600)

_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_LABEL_KEY: Final = re.compile(r"[\w][\w./-]{0,62}")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,99}")
_ROLE: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_YES: Final = frozenset(("yes", "y", "true", "1", "是", "√"))
_NO: Final = frozenset(("no", "n", "false", "0", "否"))
_SERVICE: Final = {
    "new": Service.NEW, "新": Service.NEW, "新机": Service.NEW, "新上架": Service.NEW,
    "in service": Service.IN_SERVICE, "in-service": Service.IN_SERVICE, "in_service": Service.IN_SERVICE,
    "在用": Service.IN_SERVICE, "使用中": Service.IN_SERVICE, "已上线": Service.IN_SERVICE,
}  # fmt: skip


def folded(text: str) -> str:
    """Full-width letters, digits and punctuation as a Chinese keyboard types them, made plain."""
    return unicodedata.normalize("NFKC", text).strip()


def hostname(text: str) -> str | Problem:
    """RFC 1123, lower case; dots separate labels."""
    name = folded(text).lower().removesuffix(".")
    labels = name.split(".")
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels) or name.replace(".", "").isdigit():
        return Problem("register_hostname", {"given": text})
    return name


def words(text: str) -> str | Problem:
    """Free text on one line."""
    if len(text) > LONGEST:
        return Problem("register_too_long", {"most": LONGEST})
    line = " ".join(text.split())
    if not line.isprintable():
        return Problem("register_unprintable", {})
    return line


def serial(text: str) -> str | Problem:
    """In capitals, whatever a label or a spreadsheet made of them: machines are looked up by it."""
    line = words(text)
    line = line.upper() if isinstance(line, str) else line
    if isinstance(line, str) and line and not genuine(line):
        return Problem("register_placeholder", {"given": line})
    return line


def secret(text: str) -> str | Problem:
    """A password, exactly as given."""
    if len(text) > LONGEST:
        return Problem("register_too_long", {"most": LONGEST})
    return text if text.isprintable() else Problem("register_unprintable", {})


def name(text: str) -> str | Problem:
    """The name of an image or a profile."""
    given = folded(text)
    return given if _NAME.fullmatch(given) else Problem("register_name", {"given": text})


def macs(text: str) -> tuple[RegisteredNic, ...] | Problem:
    """`52:54:00:00:00:01=install; 52:54:00:00:00:02`: each a MAC and, after `=`, its role."""
    found: dict[Mac, RegisteredNic] = {}
    for part in _parts(text):
        given, _, role = part.partition("=")
        mac = parse_mac(given)
        role = role.strip().lower()
        if mac is None or (role and not _ROLE.fullmatch(role)):
            return Problem("register_mac", {"given": part})
        if mac in found:
            return Problem("register_twice", {"given": mac})
        found[mac] = RegisteredNic(mac, role)
    return tuple(found.values())


def addresses(text: str) -> tuple[str, ...] | Problem:
    """`10.0.0.5/24; fd00::5/64`: addresses of a host, each with its network's prefix length."""
    found: dict[str, str] = {}
    for part in _parts(text):
        try:
            here = ipaddress.ip_interface(part)
        except ValueError:
            return Problem("register_address", {"given": part})
        if "/" not in part:
            return Problem("register_address_prefix", {"given": part})
        if not _is_host(here) or "%" in part:
            return Problem("register_address_not_host", {"given": part})
        if str(here.ip) in found:
            return Problem("register_twice", {"given": str(here.ip)})
        found[str(here.ip)] = f"{here.ip}/{here.network.prefixlen}"
    return tuple(found.values())


def _is_host(here: ipaddress.IPv4Interface | ipaddress.IPv6Interface) -> bool:
    ip, network = here.ip, here.network
    if ip.is_multicast or ip.is_loopback or ip.is_unspecified or ip.is_link_local:
        return False
    if network.num_addresses <= 2:  # RFC 3021, RFC 6164: both ends of a point-to-point link are hosts
        return True
    return ip != network.network_address and (ip.version == 6 or ip != network.broadcast_address)


def ip(text: str) -> str | Problem:
    try:
        found = ipaddress.ip_address(folded(text))
    except ValueError:
        return Problem("register_ip", {"given": text})
    return Problem("register_ip", {"given": text}) if found.is_unspecified or found.is_multicast else str(found)


def ips(text: str) -> tuple[str, ...] | Problem:
    found: list[str] = []
    for part in _parts(text):
        parsed = ip(part)
        if isinstance(parsed, Problem):
            return parsed
        if parsed not in found:
            found.append(parsed)
    return tuple(found)


def endpoint(text: str) -> str | Problem:
    """`10.0.0.9`, `bmc7.example:1623`, `[fd00::9]:623`: a host, and a port where it is not the usual one."""
    given = folded(text).lower()
    found = re.fullmatch(r"\[([0-9a-f:.]+)\](?::(\d{1,5}))?", given) or re.fullmatch(r"([^:]+)(?::(\d{1,5}))?", given)
    host, port = (found[1], found[2]) if found else (given, None)
    address = ip(host)
    if isinstance(address, Problem):
        address = hostname(host)
    if isinstance(address, Problem) or (port is not None and not 0 < int(port) < 65536):
        return Problem("register_endpoint", {"given": text})
    if port is None:
        return address
    return f"[{address}]:{int(port)}" if ":" in address else f"{address}:{int(port)}"


def vlan(text: str) -> int | Problem:
    given = folded(text)
    if not re.fullmatch(r"[0-9]{1,4}", given) or not 1 <= int(given) <= 4094:
        return Problem("register_vlan", {"given": text})
    return int(given)


def bmc_type(text: str) -> BmcType | Problem:
    given = folded(text).lower()
    if given not in list(BmcType):
        return Problem("register_choice", {"given": text, "known": ", ".join(BmcType)})
    return BmcType(given)


def service(text: str) -> Service | Problem:
    found = _SERVICE.get(" ".join(folded(text).lower().split()))
    return found or Problem("register_choice", {"given": text, "known": ", ".join(Service)})


def yes_or_no(text: str) -> bool | Problem:
    given = folded(text).lower()
    if given not in _YES | _NO:
        return Problem("register_choice", {"given": text, "known": "yes, no"})
    return given in _YES


def console_port(text: str) -> str | Problem:
    found = re.fullmatch(r"(?:/dev/)?tty(s|ama)([0-9]{1,2})", folded(text).lower())
    return f"tty{found[1].upper()}{int(found[2])}" if found else Problem("register_console_port", {"given": text})


def console_speed(text: str) -> int | Problem:
    given = folded(text).lower().removesuffix("n8")
    if not re.fullmatch(r"[0-9]{4,6}", given) or int(given) not in SPEEDS:
        return Problem("register_choice", {"given": text, "known": ", ".join(map(str, SPEEDS))})
    return int(given)


def disk(text: str) -> str | Problem:
    found = disk_selector.parse(text)
    return found if isinstance(found, Problem) else str(found)


def labels(text: str) -> tuple[tuple[str, str], ...] | Problem:
    """`env=prod; team=web`, sorted by key."""
    found: dict[str, str] = {}
    for part in re.split(r"[;；\n]", text):
        if not part.strip():
            continue
        given, *value = re.split("[=＝]", part, maxsplit=1)
        key = folded(given)
        parsed = label(key, value[0]) if value else Problem("register_label", {"given": part.strip()})
        if isinstance(parsed, Problem):
            return parsed
        if key in found:
            return Problem("register_twice", {"given": key})
        found[key] = parsed
    return tuple(sorted(found.items()))


def label(key: str, value: str) -> str | Problem:
    """One label's value; the separators of `labels` cannot be part of it."""
    if not _LABEL_KEY.fullmatch(key) or re.search("[;；]", value):
        return Problem("register_label", {"given": f"{key}={value}"})
    return words(value)


def _parts(text: str) -> list[str]:
    return re.sub(r"\s*=\s*", "=", folded(text)).replace(",", " ").replace(";", " ").split()
