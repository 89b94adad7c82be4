"""Request: what is missing or wrong on this host, before anything starts? Reads only; decides nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

from rackwright.app.check_networks import NetworkHost, PortState, check_networks
from rackwright.app.finding import Finding, error, good, warning
from rackwright.settings import ApiSettings, Settings
from rackwright.values.errors import RackwrightError
from rackwright.values.network import Network

RAMOS_FILES = ("vmlinuz", "initrd.img", "localboot.efi")
IPXE_FILES = ("undionly.kpxe", "snponly.efi")
# A clock before this program was written is a dead battery, not a slow clock.
EARLIEST_S = 1_767_225_600  # 2026-01-01


@dataclass(frozen=True, slots=True)
class Database:
    """Schema versions: the database's (empty: not made yet), this program's, and how many images it knows."""

    version: str
    newest: str
    images: int


class Host(NetworkHost, Protocol):
    """What the checks ask of the host; the real one is rackwright.host, a test's is a few values."""

    def refusal_to_write(self, directory: Path) -> str:
        """Why files cannot be made there, empty when they can (also when it would have to be made first)."""
        ...

    def text(self, file: Path) -> str | None: ...

    def sha256(self, file: Path) -> str | None: ...

    def program(self, name: str) -> str | None: ...

    def may_ping(self) -> bool: ...

    def database(self, settings: Settings) -> Database:
        """Raises a RackwrightError when it cannot be reached."""
        ...

    def now_s(self) -> float: ...

    def clock_synchronised(self) -> bool: ...


def check_host(settings: Settings, networks: tuple[Network, ...], host: Host) -> list[Finding]:
    """Everything at once, in the order in which a person would repair it."""
    return [
        *_check_clock(host),
        *_check_state_dir(settings, host),
        *_check_database(settings, host),
        *_check_programs(networks, host),
        *_check_before_power(settings, host),
        *_check_ramos(settings.ramos_dir, host),
        *_check_ipxe(settings.ipxe_dir, host),
        *_check_api(settings.api, host),
        *check_networks(networks, settings.door.port, host),
    ]


def _check_clock(host: Host) -> Iterator[Finding]:
    if host.now_s() < EARLIEST_S:
        yield error("clock_wrong", "hint_clock")
    elif not host.clock_synchronised():
        yield warning("clock_not_synchronised", "hint_clock")
    else:
        yield good("clock_good")


def _check_state_dir(settings: Settings, host: Host) -> Iterator[Finding]:
    path = str(settings.state_dir)
    if why := host.refusal_to_write(settings.state_dir):
        yield error("state_dir_not_writable", "hint_state_dir", path=path, error=why)
    else:
        yield good("state_dir_good", path=path)


def _check_database(settings: Settings, host: Host) -> Iterator[Finding]:
    kind = "PostgreSQL" if settings.database.startswith("postgresql") else "SQLite"
    try:
        found = host.database(settings)
    except RackwrightError as cannot:
        yield error("database_unreachable", "hint_database", kind=kind, error=cannot.values.get("error", cannot.key))
        return
    if not found.version:
        yield good("database_new", kind=kind)
    elif found.version > found.newest:
        yield error("database_newer", "hint_database_newer", kind=kind, version=found.version, newest=found.newest)
    elif found.version < found.newest:
        yield good("database_older", kind=kind, version=found.version, newest=found.newest)
    else:
        yield good("database_good", kind=kind, version=found.version)
    if found.images:
        yield good("images_present", count=found.images)
    else:
        yield warning("images_none", "hint_images_none")


def _check_programs(networks: tuple[Network, ...], host: Host) -> Iterator[Finding]:
    wanted = {"ipmitool": "ipmitool"} | ({"dnsmasq": "dnsmasq-base"} if networks else {})
    for program, package in wanted.items():
        if path := host.program(program):
            yield good("program_found", program=program, path=path)
        else:
            yield error("program_missing", "hint_package", program=program, package=package)


def _check_before_power(settings: Settings, host: Host) -> Iterator[Finding]:
    if settings.alive.ping:
        yield good("ping_good") if host.may_ping() else error("ping_not_allowed", "hint_ping", error="CAP_NET_RAW")
    if settings.pre_install_hook.command:
        program = settings.pre_install_hook.command[0]
        if host.program(program):
            yield good("hook_good", program=program)
        else:
            yield error("hook_missing", "hint_hook", program=program)


def _check_ramos(directory: Path, host: Host) -> Iterator[Finding]:
    manifest = host.text(directory / "manifest.json")
    if manifest is None:
        yield error("ramos_missing", "hint_ramos", path=str(directory))
        return
    digests = _digests(manifest)
    wrong = False
    for name in RAMOS_FILES:
        found = host.sha256(directory / name)
        if found is None:
            wrong = True
            yield error("ramos_file_missing", "hint_ramos", path=str(directory / name))
        elif found != digests.get(name):
            wrong = True
            yield error("ramos_file_differs", "hint_ramos", path=str(directory / name), sha256=found)
    if not wrong:
        yield good("ramos_good", path=str(directory))


def _check_ipxe(directory: Path, host: Host) -> Iterator[Finding]:
    missing = [name for name in IPXE_FILES if host.sha256(directory / name) is None]
    for name in missing:
        yield error("ipxe_missing", "hint_package", path=str(directory / name), package="ipxe")
    if not missing:
        yield good("ipxe_good", path=str(directory))


def _check_api(api: ApiSettings, host: Host) -> Iterator[Finding]:
    if api.passed_in is not None:  # open already
        return
    listen = api.listen
    address, _, port = listen.rpartition(":")
    if not address or not port.isdigit():
        yield error("api_listen_wrong", "hint_api_listen", listen=listen)
        return
    state = host.port("tcp", address.strip("[]"), int(port))
    if state is PortState.FREE:
        yield good("api_port_good", listen=listen)
    else:
        yield error(f"api_port_{state.value}", "hint_api_listen", listen=listen)


def _digests(manifest: str) -> dict[str, str]:
    """File name to sha256; empty when the manifest is not of the form that `make ramos` writes."""
    try:
        files = cast("dict[str, dict[str, str]]", json.loads(manifest)["files"])
        return {name: str(facts["sha256"]) for name, facts in files.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}
