"""The life of an install, as one table: what each state means, and which trigger leads where.

Pure: it moves a value to a value. Nothing else in the program names a next state.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from rackwright.values.boot import Boots
from rackwright.values.install import Install, State

MINUTE_S = 60


class Trigger(enum.StrEnum):
    """What moves an install on; TRIGGERS says what each means."""

    PERMITTED = "permitted"
    BOOTED = "booted"
    MATCHED = "matched"
    DIFFERED = "differed"
    SLOT_GIVEN = "slot_given"
    CLAIMED = "claimed"
    HANDED_OVER = "handed_over"
    PHONED_HOME = "phoned_home"
    BROKE = "broke"
    OVERDUE = "overdue"
    START_AGAIN = "start_again"
    LOST_CONTACT = "lost_contact"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    RETRIED = "retried"


TRIGGERS: Mapping[Trigger, str] = {
    Trigger.PERMITTED: "the reconciler gives it its start permit",
    Trigger.BOOTED: "a boot request comes, or the RAM OS joins, after the verified power-on",
    Trigger.MATCHED: "the machine is the one the register says",
    Trigger.DIFFERED: "it is not, or nobody can say, or it is alive: a person decides",
    Trigger.SLOT_GIVEN: "the reconciler gives it its write slot",
    Trigger.CLAIMED: "the agent consumes the install's one right to destroy",
    Trigger.HANDED_OVER: "the agent wrote everything and reboots into the system",
    Trigger.PHONED_HOME: "the installed system proves itself; only after a claim",
    Trigger.BROKE: "the machine, its BMC or the agent failed",
    Trigger.OVERDUE: "it stood in its state for too long, or nothing was written for too long",
    Trigger.START_AGAIN: "no boot request came: its power is switched again",
    Trigger.LOST_CONTACT: "its agent missed its polls",
    Trigger.EXPIRED: "nothing came of the arming for too long; only before a claim",
    Trigger.CANCELLED: "a person takes it back, or protects the machine",
    Trigger.RETRIED: "a person lets it try again, as a new attempt",
}


class Unexpected(enum.StrEnum):
    """What is no edge of the table falls under one of four defaults."""

    STALE_SESSION = "A boot that is not the install's live one is told to stop."
    SAME_KEY = "A message that was answered before gets the same answer, and nothing moves."
    SIGHTING = "A boot request, a poll or a progress figure that proves no step is recorded as last-seen evidence."
    ANYTHING_ELSE = "Anything else is refused, and noted on the timeline."


class Holds(enum.StrEnum):
    """What an install occupies while it stands in a state."""

    NOTHING = "nothing"
    PERMIT = "permit"
    SLOT = "slot"


class Mover(enum.StrEnum):
    """Who moves an install on from a state, where all goes well."""

    RECONCILER = "the reconciler, when the limits leave room"
    BOOT = "the machine's first boot request after its verified power-on"
    VERDICT = "the verdict on what the machine reports"
    CLAIM = "the agent's claim"
    AGENT = "the agent, when everything is written"
    SYSTEM = "the installed system's phone-home"
    PERSON = "a person: approve, retry, cancel"
    NOBODY = "nobody: it has ended"


@dataclass(frozen=True, slots=True)
class Stage:
    """`limit_s` is seconds until it is overdue, 0 for none; `netboot` what a boot request gets meanwhile."""

    limit_s: int
    holds: Holds
    netboot: Boots
    mover: Mover
    live: bool = True


STAGES: Mapping[State, Stage] = {
    State.QUEUED: Stage(0, Holds.NOTHING, Boots.DISK, Mover.RECONCILER),
    State.STARTING: Stage(30 * MINUTE_S, Holds.PERMIT, Boots.RAM_OS, Mover.BOOT),
    State.INSPECTING: Stage(10 * MINUTE_S, Holds.PERMIT, Boots.RAM_OS, Mover.VERDICT),
    State.WAITING: Stage(0, Holds.NOTHING, Boots.RAM_OS, Mover.RECONCILER),
    State.GRANTED: Stage(3 * MINUTE_S, Holds.SLOT, Boots.RAM_OS, Mover.CLAIM),
    State.INSTALLING: Stage(90 * MINUTE_S, Holds.SLOT, Boots.DISK, Mover.AGENT),
    State.FIRST_BOOT: Stage(45 * MINUTE_S, Holds.NOTHING, Boots.DISK, Mover.SYSTEM),
    State.HELD: Stage(0, Holds.NOTHING, Boots.RAM_OS, Mover.PERSON),
    State.DONE: Stage(0, Holds.NOTHING, Boots.DISK, Mover.NOBODY, live=False),
    State.FAILED: Stage(0, Holds.NOTHING, Boots.DISK, Mover.PERSON, live=False),
    State.CANCELLED: Stage(0, Holds.NOTHING, Boots.DISK, Mover.NOBODY, live=False),
}

S, T = State, Trigger
EDGES: Mapping[tuple[State, Trigger], State] = {
    (S.QUEUED, T.PERMITTED): S.STARTING,
    (S.STARTING, T.BOOTED): S.INSPECTING,
    (S.STARTING, T.START_AGAIN): S.QUEUED,
    (S.STARTING, T.DIFFERED): S.HELD,  # before its power was touched: it is alive, or the BMC is another machine's
    (S.INSPECTING, T.BOOTED): S.INSPECTING,
    (S.INSPECTING, T.MATCHED): S.WAITING,
    (S.INSPECTING, T.DIFFERED): S.HELD,
    (S.WAITING, T.BOOTED): S.INSPECTING,
    (S.WAITING, T.SLOT_GIVEN): S.GRANTED,
    (S.WAITING, T.LOST_CONTACT): S.FAILED,
    (S.GRANTED, T.LOST_CONTACT): S.WAITING,  # somebody else may write meanwhile; this one has claimed nothing
    (S.GRANTED, T.BOOTED): S.INSPECTING,
    (S.GRANTED, T.CLAIMED): S.INSTALLING,
    (S.GRANTED, T.DIFFERED): S.HELD,  # the register was edited since the inspection
    (S.INSTALLING, T.HANDED_OVER): S.FIRST_BOOT,
    # A second boot while the disk is being written: a person must look, nothing starts again by itself.
    (S.INSTALLING, T.BOOTED): S.HELD,
    (S.INSTALLING, T.PHONED_HOME): S.DONE,
    (S.FIRST_BOOT, T.PHONED_HOME): S.DONE,
    (S.HELD, T.PHONED_HOME): S.DONE,
    (S.FAILED, T.PHONED_HOME): S.DONE,
    (S.FIRST_BOOT, T.DIFFERED): S.HELD,
    (S.HELD, T.RETRIED): S.QUEUED,
    (S.FAILED, T.RETRIED): S.QUEUED,
    **{(s, T.BROKE): S.FAILED for s in (S.STARTING, S.INSPECTING, S.WAITING, S.GRANTED, S.INSTALLING)},
    **{(s, T.OVERDUE): S.FAILED for s in (S.STARTING, S.INSPECTING, S.GRANTED, S.INSTALLING, S.FIRST_BOOT)},
    **{(s, T.CANCELLED): S.CANCELLED for s in S if STAGES[s].live},
    **{(s, T.EXPIRED): S.CANCELLED for s in (S.QUEUED, S.WAITING, S.HELD)},
}


@dataclass(frozen=True, slots=True)
class Refused:
    """The trigger does not belong to this state; nothing moves."""

    state: State
    trigger: Trigger


def move(
    install: Install, trigger: Trigger, now: int, limits_s: Mapping[State, int], **changes: Any
) -> Install | Refused:
    """The install after the trigger, its deadline set from `limits_s` or the table (times in microseconds)."""
    to = EDGES.get((install.state, trigger))
    if to is None or not is_edge(install, trigger):
        return Refused(install.state, trigger)
    limit_s = limits_s.get(to, STAGES[to].limit_s)
    moved = replace(
        install, state=to, live=STAGES[to].live, since=now, deadline=now + limit_s * 1_000_000 if limit_s else 0
    )
    return replace(moved, **(_afresh(moved, trigger) | changes))


def is_edge(install: Install, trigger: Trigger) -> bool:
    """Whether the trigger belongs to where the install stands: nothing phones home that was never written, and what
    was written does not expire."""
    needs_claim, needs_none = trigger is T.PHONED_HOME, trigger is T.EXPIRED
    fits = install.claimed if needs_claim else not (needs_none and install.claimed)
    return fits and (install.state, trigger) in EDGES


def _afresh(install: Install, trigger: Trigger) -> dict[str, Any]:
    """What a trigger resets: a retry is a new attempt, and a cause belongs to the state it explains."""
    match trigger:
        case T.RETRIED:
            return {
                "attempt": install.attempt + 1, "tries": 0, "claimed": False, "session": "",
                "powered_on_at": 0, "cleared_at": 0, "bmc_address": "", "live_ok": False, "cause": {},
            }  # fmt: skip
        case T.START_AGAIN:
            return {"tries": install.tries + 1, "powered_on_at": 0, "session": ""}
        case T.CLAIMED:
            return {"claimed": True}
        case T.BOOTED | T.PHONED_HOME | T.MATCHED:
            return {"cause": {}}
        case _:
            return {}


def netboot(install: Install) -> Boots:
    """What a boot request gets. After the claim no state but a failed one leads back into the RAM OS; one that was
    held before its power was touched may run a system that somebody needs."""
    if install.state is S.HELD and not install.powered_on_at:
        return Boots.DISK
    if install.state in (S.FAILED, S.CANCELLED, S.HELD) and install.claimed:
        # Partly written: the RAM OS with read-only disks keeps the evidence; a held one may hold a system.
        return Boots.DISK if install.state is S.HELD else Boots.RAM_OS
    return STAGES[install.state].netboot


def is_awaited(install: Install) -> bool:
    """Whether a boot request moves the install on. A start counts from its verified power-on only; a repeated
    request of one boot proves nothing new."""
    match install.state:
        case S.STARTING:
            return install.powered_on_at > 0
        case S.INSPECTING:
            return install.session != ""
        case _:
            return (install.state, T.BOOTED) in EDGES
