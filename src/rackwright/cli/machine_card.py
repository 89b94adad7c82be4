"""One machine in full, for a person: the register's row, its install, and the hardware it last reported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import msgspec

from rackwright.cli import show
from rackwright.cli.shapes import Facts, Install

if TYPE_CHECKING:
    from rackwright.cli.session import Session

# What has a place of its own below, or is nobody's business but the program's.
_ELSEWHERE = frozenset(
    ("id", "version", "install", "state", "facts", "holds", "runs", "seen_at", "seen_as", "protected", "protection")
)


def print_card(session: Session, machine: dict[str, Any], now: float) -> None:
    rows = [(name, text) for name, value in machine.items() if name not in _ELSEWHERE and (text := cell(value))]
    show.table(session, ("field", "value"), [*rows, *_standing(session, machine, now)])
    facts = machine.get("facts")
    if facts:
        _print_facts(session, msgspec.convert(facts, Facts), machine.get("holds") or {})


def _standing(session: Session, machine: dict[str, Any], now: float) -> list[tuple[str, str]]:
    """What it runs, when it was seen, how its install stands."""
    rows: list[tuple[str, str]] = []
    if protected := protected_by(session, machine, now):
        rows.append((session.say("cli_card_protected"), protected))
    if runs := cell(machine.get("runs")):
        rows.append((session.say("cli_card_runs"), runs))
    if at := machine.get("seen_at"):
        seen_as = show.word(session, "cli_seen_", str(machine.get("seen_as")))
        rows.append((session.say("cli_card_seen"), f"{show.ago(session, at, now)}: {seen_as}"))
    if machine.get("install"):
        install = msgspec.convert(machine["install"], Install)
        since = show.ago(session, install.since, now)
        rows.append((session.say("cli_card_install"), f"{install.state_text}, {since}. {install.text}"))
        if install.next:
            rows.append((session.say("cli_column_next"), install.next))
    return rows


def protected_by(session: Session, machine: dict[str, Any], now: float) -> str:
    """By whom, since when and why; empty for a machine that is not."""
    said = machine.get("protection")
    if not said:
        return ""
    when = show.ago(session, said["at"], now)
    return session.say("cli_protected_by", by=said["by"], when=when, reason=said["reason"]).strip()


def _print_facts(session: Session, facts: Facts, holds: dict[str, str]) -> None:
    parts = [
        (session.say("cli_card_model"), f"{facts.vendor} {facts.model}, {facts.serial or '-'}".strip()),
        (session.say("cli_card_firmware"), f"{facts.boot_mode.upper()}, {facts.firmware_version}"),
        ("CPU", f"{facts.cpu.sockets} × {facts.cpu.model}, {facts.cpu.cores} cores, {facts.cpu.threads} threads"),
        (session.say("cli_card_memory"), show.size(facts.memory_bytes)),
        ("BMC", ", ".join(text for text in (facts.bmc.address, facts.bmc.mac, facts.bmc.firmware) if text)),
    ]
    print(f"\n{session.say('cli_card_facts')}")
    show.table(session, ("name", "value"), [(name, text) for name, text in parts if text])
    print()
    disks = [(d.device, show.size(d.size_bytes), d.transport, d.serial, d.wwn, d.path, d.model) for d in facts.disks]
    show.table(session, ("device", "size", "transport", "serial", "wwn", "path", "model"), disks)
    print()
    show.table(session, ("device", "disk_holds"), list(holds.items()))
    print()
    nics = [(n.name, n.mac, _link(session, n.link, n.speed_mbps), n.driver, n.path) for n in facts.nics]
    show.table(session, ("nic", "mac", "link", "driver", "path"), nics)


def _link(session: Session, up: bool | None, speed_mbps: int) -> str:
    if up is None:
        return ""
    return (f"{speed_mbps} Mb/s" if speed_mbps else session.say("cli_link_up")) if up else session.say("cli_link_down")


def cell(value: object) -> str:
    """One field as text: parts joined, `key=value` for what has names, nothing for what is empty."""
    match value:
        case None | "" | 0:
            return ""
        case bool():
            return "yes" if value else "no"
        case list():
            return "; ".join(cell(part) for part in cast("list[object]", value))
        case {"mac": str(mac), "role": str(role)}:
            return f"{mac}={role}" if role else mac
        case {"os": str(os), "image": str(image), "at": int(at)}:  # what it runs
            return f"{os} {image[:12]}, {show.moment(at)}" if at else ""
        case dict():
            return "; ".join(f"{key}={cell(part)}" for key, part in cast("dict[str, object]", value).items())
        case _:
            return str(value)
