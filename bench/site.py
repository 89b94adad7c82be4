"""A site as large as the aims speak of: machines that run what was installed, some that install now, their sessions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from rackwright.app.context import Context
from rackwright.settings import read_settings
from rackwright.store import installs, machines, sessions
from rackwright.store.migrate import migrate
from rackwright.store.sessions import Session
from rackwright.store.store import Store, Tx
from rackwright.values.ids import Id, Mac, new_id
from rackwright.values.install import Install, State
from rackwright.values.machine import Bmc, BmcType, Machine, RegisteredNic, Service
from rackwright.vault.vault import open_vault

T = TypeVar("T")
DAY_US = 86_400_000_000
# What an agent of a two-socket server reports is about this long; it lies in the session's row.
FACTS = json.dumps(
    {"serial": "", "disks": [{"device": f"/dev/sd{n}", "wwn": "0x5000c500a1b2c3d4"} for n in "abcd" * 16]}
)


@dataclass(frozen=True, slots=True)
class Live:
    """A boot session of a machine that writes its disk now."""

    id: str
    boot_id: str
    token: str


@dataclass(frozen=True, slots=True)
class Site:
    """Who may ask what: machines as (MAC, serial), and sessions. `queued` ones wait for a permit."""

    settled: Sequence[tuple[str, str]]
    armed: Sequence[tuple[str, str]]
    starting: Sequence[tuple[str, str]]
    queued: Sequence[tuple[str, str]]
    writing: Sequence[Live]


def fill(config: Path, size: int) -> Site:
    """Makes the database of a settings file and fills it. Of ten machines one writes its disk, one is in the RAM OS, one
    was just powered on and one waits for a permit; the others run what was installed a year ago."""
    settings = read_settings(config)
    store, context = Store(settings.database_url()), Context(settings, open_vault(settings.state_dir))
    migrate(store.engine)
    parts: dict[str, list[tuple[str, str]]] = {"settled": [], "armed": [], "starting": [], "queued": []}
    writing: list[Live] = []

    def add(tx: Tx, number: int) -> None:
        machine = _machine(context.site, number)
        machines.put(tx, machine)
        installs.add(tx, _install(machine, State.DONE))
        here = (machine.nics[0].mac, machine.serial)
        match number % 10:
            case 0:
                writing.append(_writing(tx, context, machine))
            case 1:
                installs.add(tx, _install(machine, State.INSPECTING))
                parts["armed"].append(here)
            case 2:
                installs.add(tx, _install(machine, State.STARTING))
                parts["starting"].append(here)
            case 3:
                installs.add(tx, _install(machine, State.QUEUED))
                parts["queued"].append(here)
            case _:
                parts["settled"].append(here)

    for some in _chunks(range(size), 500):
        store.write(_each(add, some))
    with store.engine.connect() as tx:
        tx.exec_driver_sql("ANALYZE")
    store.close()
    return Site(parts["settled"], parts["armed"], parts["starting"], parts["queued"], writing)


def _chunks(all_of: range, length: int) -> Iterator[range]:
    return (all_of[start : start + length] for start in range(0, len(all_of), length))


def _each(add: Callable[[Tx, int], None], numbers: range) -> Callable[[Tx], None]:
    def job(tx: Tx) -> None:
        for number in numbers:
            add(tx, number)

    return job


def _machine(site: str, number: int) -> Machine:
    macs = (f"52:54:{port:02x}:{number >> 16 & 255:02x}:{number >> 8 & 255:02x}:{number & 255:02x}" for port in (0, 1))
    return Machine(
        id=new_id(), site=site, hostname=f"web{number:05}", rack=f"A{number // 40:03}", unit=str(number % 40),
        serial=f"SN{number:07}", nics=tuple(RegisteredNic(Mac(mac)) for mac in macs),
        addresses=(f"10.{number >> 14 & 255}.{number >> 7 & 127}.{number & 127}/16",), gateway="10.0.0.254",
        dns=("10.0.0.53",), bmc=Bmc(BmcType.IPMI, f"10.100.{number >> 8}.{number & 255}", "admin", "sealed", 17),
        vendor="Dell Inc.", model="PowerEdge R740", os="debian-12", labels=(("role", "web"),), service=Service.NEW,
    )  # fmt: skip


def _install(machine: Machine, state: State, session: str = "", identity: str = "") -> Install:
    live = state is not State.DONE
    at = 1_700_000_000_000_000 + (DAY_US if live else 0)
    return Install(
        id=Id(identity) if identity else new_id(), site=machine.site, machine=machine.id, state=state, attempt=1,
        version=1, live=live, since=at, deadline=at + 36_500 * DAY_US if live else 0, armed_at=at, armed_by="bench",
        reason="", os="debian-12", image="0" * 64, profile="", session=session, claimed=not live or bool(session),
        powered_on_at=at, esp_volume_id="" if live else "1234-ABCD", boot_mode="uefi",
    )  # fmt: skip


def _writing(tx: Tx, context: Context, machine: Machine) -> Live:
    install, session, boot = new_id(), new_id(), new_id()
    installs.add(tx, _install(machine, State.INSTALLING, session, install))
    at = 1_700_000_000_000_000 + DAY_US
    sessions.put(tx, Session(context.site, session, boot, machine.id, install, "127.0.0.1", at, facts=FACTS))
    return Live(session, boot, context.session_token(session))
