"""An install as an operator sees it: where it stands, why, since when, and what a person can do."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from rackwright.app.context import Context
from rackwright.app.standing import standings
from rackwright.decide.lifecycle import STAGES
from rackwright.store import installs, machines, sightings
from rackwright.store.store import Tx
from rackwright.values.event import Scalar, Values
from rackwright.values.install import Install, State
from rackwright.values.machine import Machine, Service
from rackwright.values.standing import Standing
from rackwright.words import say, texts, why
from rackwright.words.standing import standing_in_words
from rackwright.words.steps import step

_RETRY = "rackwright install --retry "


@dataclass(frozen=True, slots=True)
class InstallView:
    """Times are UTC microseconds. `text` says in words why it stands where it does, `next` what to do:
    lines, each a command or words that end with a colon.

    `progress` has step, done_bytes, total_bytes, bytes_per_s, at; None where nothing was reported."""

    id: str
    hostname: str
    serial: str
    rack: str
    state: str
    state_text: str
    since: int
    deadline: int
    attempt: int
    os: str
    image: str
    profile: str
    text: str
    next: str
    progress: Values | None
    disk_serial: str
    armed_by: str
    armed_at: int
    live: bool


def install_views(
    tx: Tx,
    context: Context,
    language: str,
    *,
    ids: Sequence[str] = (),
    names: Sequence[str] = (),
    live: bool = False,
    limit: int = 1000,
) -> list[InstallView]:
    """The installs named by id or machine, or the live ones, or the most recent."""
    chosen = _choose(tx, context.site, ids, names, live, limit)
    some = [install.machine for install in chosen]
    progress = sightings.of_kind(tx, context.site, "progress", some)
    in_line = standings(tx, context, chosen)
    known = machines.by_ids(tx, context.site, some)
    views = [
        _view(language, install, known[install.machine], progress.get(install.machine), in_line.get(install.id))
        for install in chosen
        if install.machine in known
    ]
    return sorted(views, key=lambda view: view.hostname)


def _choose(tx: Tx, site: str, ids: Sequence[str], names: Sequence[str], live: bool, limit: int) -> list[Install]:
    if ids:
        return [install for id_ in ids[:limit] if (install := installs.get(tx, site, id_))]
    if names:
        found = [machine for name in names[:limit] if (machine := machines.by_name(tx, site, name))]
        return list(installs.latest_of(tx, site, [machine.id for machine in found]).values())
    if live:
        return installs.in_states(tx, site, [s for s in State if STAGES[s].live], limit)
    return installs.recent(tx, site, limit)


def _view(
    language: str, install: Install, machine: Machine, seen: sightings.Sighting | None, standing: Standing | None
) -> InstallView:
    state = install.state.value
    progress = None
    if seen and seen.at >= install.since and install.state is State.INSTALLING:
        progress = {**seen.values, "at": seen.at}
    values: dict[str, Scalar] = {
        "standing": standing_in_words(language, standing) if standing else "",
        "hostname": machine.hostname,
        "step": step(language, "begins"),
        "tries": install.tries,
    }
    if progress:
        values["step"] = step(language, str(progress.get("step", "")))
    key = f"install_{state}"
    if install.state is State.STARTING and install.powered_on_at:
        key = "install_powered_on"
    if install.cause:
        values["cause"] = why(language, install.cause)
        key = f"install_{state}_cause"
    return InstallView(
        id=install.id, hostname=machine.hostname, serial=machine.serial, rack=machine.rack, state=state,
        state_text=say(language, f"state_{state}", {}), since=install.since, deadline=install.deadline,
        attempt=install.attempt, os=install.os, image=install.image, profile=install.profile,
        text=say(language, key, values), next=next_steps(language, install, machine), progress=progress, disk_serial=install.disk_serial,
        armed_by=install.armed_by, armed_at=install.armed_at, live=install.live,
    )  # fmt: skip


def next_steps(language: str, install: Install, machine: Machine) -> str:
    """What a person can do: by the cause, or else by the state; nothing where the machine goes on by itself."""
    for key in (f"next_{install.cause.get('key', '')}", f"next_{install.state.value}"):
        if key in texts(language):
            return _as_in_service(say(language, key, _quoted(install, machine)), machine)
    return ""


def _as_in_service(steps: str, machine: Machine) -> str:
    """A retry over a machine in service is refused without these two, also after it was armed with them."""
    if machine.service is not Service.IN_SERVICE:
        return steps
    lines = steps.splitlines()
    return "\n".join(f"{line} --reinstall --reason …" if line.startswith(_RETRY) else line for line in lines)


def _quoted(install: Install, machine: Machine) -> dict[str, Scalar]:
    """For a command that a person will copy into a shell: what a machine reported stays one word of it."""
    values = {**install.cause, "hostname": machine.hostname}
    return {name: shlex.quote(value) if isinstance(value, str) else value for name, value in values.items()}
