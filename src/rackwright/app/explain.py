"""Request: why a machine stands where it does, in one paragraph, with the parts it is made of. Reads only."""

from __future__ import annotations

from dataclasses import dataclass

from rackwright.app import why_text
from rackwright.app.context import Context
from rackwright.app.standing import standings
from rackwright.decide.picture import Picture, PowerAct, Seen, Stranger
from rackwright.decide.why import decide_why
from rackwright.store import effects, events, installs, machines, sightings, ticks
from rackwright.store.store import Tx
from rackwright.values.errors import NotFound
from rackwright.values.event import Scalar, Values
from rackwright.values.install import Install, State
from rackwright.values.machine import Machine

NONE: Values = dict[str, Scalar]()
LOOK_BACK = 50  # events: what its BMC said last is among them, or is no news


@dataclass(frozen=True, slots=True)
class SeenView:
    """`at` and `moved_at` are UTC microseconds."""

    kind: str
    at: int
    moved_at: int
    values: Values
    text: str


@dataclass(frozen=True, slots=True)
class CauseView:
    key: str
    values: Values


@dataclass(frozen=True, slots=True)
class Explanation:
    """`text` is the paragraph. `state` is the latest install's, empty for a machine without one; `waits` and `next`
    are keys; times are UTC microseconds, 0 for none. `do` are lines, each a command or words that end with a colon."""

    hostname: str
    state: str
    text: str
    waits: str
    since: int
    next: list[str]
    next_at: int
    seen: list[SeenView]
    likely: list[CauseView]
    do: str


def explain(tx: Tx, now: int, context: Context, language: str, name: str) -> Explanation:
    """By hostname or serial. Raises NotFound."""
    picture = look(tx, now, context, name)
    told = decide_why(picture)
    return Explanation(
        hostname=picture.machine.hostname,
        state=picture.install.state.value if picture.install else "",
        text=why_text.paragraph(language, picture, told),
        waits=told.waits.key, since=told.since, next=[one.key for one in told.next], next_at=told.next_at,
        seen=[
            SeenView(s.kind, s.at, s.moved_at, s.values, why_text.sighting(language, s, now)) for s in told.seen
        ],
        likely=[CauseView(cause.key, cause.values) for cause in told.likely],
        do=why_text.commands(language, picture, told.do),
    )  # fmt: skip


def look(tx: Tx, now: int, context: Context, name: str) -> Picture:
    """All that is known of the machine. Raises NotFound."""
    site = context.site
    machine = machines.by_name(tx, site, name)
    if machine is None:
        raise NotFound("machine_unknown", name=name)
    install = installs.latest(tx, site, machine.id)
    seen = sightings.of_machine(tx, site, machine.id).values()
    awaited = install if install and install.powered_on_at and install.state in (State.STARTING, State.FAILED) else None
    return Picture(
        machine=machine, install=install, now=now,
        seen={one.kind: Seen(one.kind, one.at, one.moved_at, one.values) for one in seen},
        power=_power(tx, now, machine, install) if install and install.state is State.STARTING else None,
        line=standings(tx, context, [install]).get(install.id) if install else None,
        stranger=_stranger(tx, awaited) if awaited else None,
        ambiguous=_last(tx, machine, "boot_ambiguous", awaited.powered_on_at) if awaited else NONE,
        dhcp_is_ours=any(network.dhcp for network in context.settings.networks()),
        ticked_at=ticks.seen(tx, site),
        stall_s=context.settings.stall_s, lost_contact_s=context.settings.lost_contact_s,
    )  # fmt: skip


def _power(tx: Tx, now: int, machine: Machine, install: Install) -> PowerAct | None:
    effect = effects.open_of(tx, install.site, install.id)
    if effect is None:
        return None
    kind, said = _last_of(tx, machine, ("bmc_retry", "hook_retry"), install.since) if effect.tries else ("", NONE)
    silent = kind == "hook_retry"
    return PowerAct(
        effect.due_at, effect.tries, effect.lease_until > now, NONE if silent else said, said if silent else NONE
    )


def _stranger(tx: Tx, install: Install) -> Stranger | None:
    """The newest: it may be this machine with another port than the register has."""
    found = sightings.all_discovered(tx, install.site, 1)
    if not found or found[0].last_at < install.powered_on_at:
        return None
    return Stranger(found[0].mac, found[0].serial, found[0].address, found[0].last_at)


def _last(tx: Tx, machine: Machine, kind: str, since: int) -> Values:
    """The values of the newest event of a kind, empty when none came since."""
    return _last_of(tx, machine, (kind,), since)[1]


def _last_of(tx: Tx, machine: Machine, kinds: tuple[str, ...], since: int) -> tuple[str, Values]:
    last = events.last_seq(tx, machine.site, machine.id)
    found = events.of_machine(tx, machine.site, machine.id, last - LOOK_BACK, LOOK_BACK)
    return next(
        ((one.kind, one.values) for one in reversed(found) if one.kind in kinds and one.at >= since), ("", NONE)
    )
