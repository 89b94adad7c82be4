"""The answers of the operators' API as this client shows them; all other fields are passed over."""

from __future__ import annotations

from typing import Any

import msgspec


class Progress(msgspec.Struct, frozen=True):
    step: str = ""
    done_bytes: int = 0
    total_bytes: int = 0
    bytes_per_s: int = 0
    at: int = 0


class Install(msgspec.Struct, frozen=True):
    """`since` in UTC microseconds, 0 for none."""

    id: str
    hostname: str
    state: str
    state_text: str = ""
    since: int = 0
    os: str = ""
    text: str = ""
    next: str = ""
    progress: Progress | None = None
    armed_by: str = ""


class Installs(msgspec.Struct, frozen=True):
    installs: list[Install]


class Explanation(msgspec.Struct, frozen=True):
    """`text` is one paragraph, `do` lines: each a command, or words that end with a colon."""

    text: str
    do: str = ""


class PlanLine(msgspec.Struct, frozen=True):
    hostname: str
    verdict: str
    serial: str = ""
    text: str = ""
    os: str = ""
    image: str = ""
    profile: str = ""
    disk: str = ""


class Plan(msgspec.Struct, frozen=True):
    lines: list[PlanLine]
    will: int
    refused: int = 0
    unknown: list[str] = []
    installs: list[str] = []


class HeldMachine(msgspec.Struct, frozen=True):
    hostname: str
    serial: str = ""
    rack: str = ""
    disk: str = ""
    since: int = 0


class HoldGroup(msgspec.Struct, frozen=True):
    """Machines that ask the same question."""

    id: str
    machines: list[HeldMachine]
    text: str = ""
    fingerprint: str = ""
    approvable: bool = False
    since: int = 0
    next: str = ""


class Holds(msgspec.Struct, frozen=True):
    holds: list[HoldGroup]


class ApprovedLine(msgspec.Struct, frozen=True):
    name: str
    key: str = ""
    text: str = ""


class ApprovedAll(msgspec.Struct, frozen=True):
    lines: list[ApprovedLine]
    approved: int = 0
    refused: int = 0


class Event(msgspec.Struct, frozen=True):
    at: int
    kind: str
    text: str = ""
    actor: str = ""


class Events(msgspec.Struct, frozen=True):
    events: list[Event]
    next: int


class Image(msgspec.Struct, frozen=True):
    sha256: str
    name: str
    size_bytes: int
    raw_bytes: int
    sector_bytes: int
    added_at: int


class Images(msgspec.Struct, frozen=True):
    images: list[Image]


class Token(msgspec.Struct, frozen=True):
    id: str
    name: str
    role: str
    created_at: int
    revoked_at: int = 0


class Tokens(msgspec.Struct, frozen=True):
    tokens: list[Token]


class MadeToken(msgspec.Struct, frozen=True):
    token: str


class Status(msgspec.Struct, frozen=True):
    version: str
    site: str
    database: str
    machines: int
    installs: dict[str, int] = {}
    images: int = 0
    reconciled_at: int = 0


class Said(msgspec.Struct, frozen=True):
    """An error in words."""

    key: str
    text: str = ""


class Change(msgspec.Struct, frozen=True):
    field: str
    old: str = ""
    new: str = ""


class ImportRow(msgspec.Struct, frozen=True):
    line: int
    verdict: str
    hostname: str = ""
    changes: list[Change] = []
    errors: list[Said] = []


class ImportReport(msgspec.Struct, frozen=True):
    rows: list[ImportRow]
    written: int = 0
    counts: dict[str, int] = {}


class Discovered(msgspec.Struct, frozen=True):
    mac: str
    serial: str = ""
    vendor: str = ""
    model: str = ""
    address: str = ""
    first_at: int = 0
    last_at: int = 0


class AllDiscovered(msgspec.Struct, frozen=True):
    discovered: list[Discovered]


class Disk(msgspec.Struct, frozen=True):
    device: str = ""
    path: str = ""
    serial: str = ""
    wwn: str = ""
    size_bytes: int = 0
    transport: str = ""
    model: str = ""


class Nic(msgspec.Struct, frozen=True):
    name: str = ""
    mac: str = ""
    link: bool | None = None
    speed_mbps: int = 0
    driver: str = ""
    path: str = ""


class Cpu(msgspec.Struct, frozen=True):
    model: str = ""
    sockets: int = 0
    cores: int = 0
    threads: int = 0


class BmcFacts(msgspec.Struct, frozen=True):
    address: str = ""
    mac: str = ""
    firmware: str = ""


class Facts(msgspec.Struct, frozen=True):
    """What a machine last reported of itself."""

    serial: str = ""
    vendor: str = ""
    model: str = ""
    firmware_version: str = ""
    boot_mode: str = ""
    cpu: Cpu = Cpu()
    memory_bytes: int = 0
    disks: list[Disk] = []
    nics: list[Nic] = []
    bmc: BmcFacts = BmcFacts()


class ProtectLine(msgspec.Struct, frozen=True):
    hostname: str
    verdict: str
    serial: str = ""
    text: str = ""


class Protected(msgspec.Struct, frozen=True):
    lines: list[ProtectLine]
    counts: dict[str, int]


class Audited(msgspec.Struct, frozen=True):
    """`at` in UTC microseconds."""

    at: int
    actor: str
    act: str
    target: str = ""
    reason: str = ""
    outcome: str = ""
    text: str = ""
    values: dict[str, str | int | bool | list[str] | None] = {}


class Audit(msgspec.Struct, frozen=True):
    acts: list[Audited]
    next: str = ""


class RawAudit(msgspec.Struct, frozen=True):
    """The same acts, each as the server wrote it."""

    acts: list[msgspec.Raw]


class Refusal(msgspec.Struct, frozen=True):
    error: Said


class RawEvents(msgspec.Struct, frozen=True):
    """The same events, each as the server wrote it."""

    events: list[msgspec.Raw]


class Page(msgspec.Struct, frozen=True):
    """One page of the register, each machine as the server wrote it."""

    machines: list[dict[str, Any]]
    next: str = ""


class Limit(msgspec.Struct, frozen=True):
    """`set_at` in UTC microseconds, 0 while the default holds."""

    scope: str
    resource: str
    value: int
    in_use: int
    default: int | None = None
    set_by: str = ""
    set_at: int = 0


class Limits(msgspec.Struct, frozen=True):
    limits: list[Limit]


class ResetLimit(msgspec.Struct, frozen=True):
    limit: Limit | None
