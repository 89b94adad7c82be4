"""What the agent in the RAM OS is told to do, from where its machine's install stands."""

from __future__ import annotations

from dataclasses import dataclass, field

from rackwright.values.event import Scalar, Values
from rackwright.values.install import Install, State
from rackwright_wire.messages import Act

IDLE_POLL_S = 10.0
WAIT_POLL_S = 2.0
WAIT_MOST_S = 30.0
WORK_POLL_S = 2.0
STALE_POLL_S = 60.0


@dataclass(frozen=True, slots=True)
class Says:
    """An act, the key of its line on the machine's console, and when to ask again."""

    act: Act
    key: str
    poll_s: float
    values: Values = field(default_factory=lambda: dict[str, Scalar]())


def decide_order(install: Install | None, session: str, fenced: bool, position: int = 0) -> Says:
    """`session` is who asks; `position` its place among those waiting for a slot, 0 when unknown."""
    if fenced:
        return Says(Act.STOP, "order_stale", STALE_POLL_S)
    if install is None:
        return Says(Act.IDLE, "order_nothing_armed", IDLE_POLL_S)
    if install.session != session:
        return _to_a_stranger(install)
    match install.state:
        case State.WAITING:
            return Says(Act.WAIT, "order_waiting", waiting_poll_s(position))
        case State.GRANTED:
            return Says(Act.CLAIM, "order_claim", WAIT_POLL_S)
        case State.INSTALLING:
            return Says(Act.CONTINUE, "order_continue", WORK_POLL_S)
        case State.FIRST_BOOT:
            return Says(Act.REBOOT, "order_reboot", WORK_POLL_S)
        case State.INSPECTING:
            return Says(Act.INSPECT, "order_inspect", WAIT_POLL_S)
        case State.QUEUED | State.STARTING:
            return Says(Act.IDLE, "order_will_restart", WAIT_POLL_S)
        case State.HELD:
            key = "order_held_written" if install.claimed else "order_held"
            return Says(Act.STOP if install.claimed else Act.IDLE, key, IDLE_POLL_S, _cause(install))
        case State.FAILED if not install.claimed:
            # It has nothing to stop, and a boot that was stopped could not go on when it is retried.
            return Says(Act.IDLE, "order_failed", IDLE_POLL_S, _cause(install))
        case State.FAILED | State.CANCELLED:
            return Says(Act.STOP, f"order_{install.state.value}", IDLE_POLL_S, _cause(install))
        case State.DONE:
            return Says(Act.STOP, "order_stale", STALE_POLL_S)


def waiting_poll_s(position: int) -> float:
    """The next few ask often, so that a free slot is used at once; a long line must not be a load."""
    return min(WAIT_POLL_S + position / 10, WAIT_MOST_S)


def _to_a_stranger(install: Install) -> Says:
    """A boot that is not this install's live session, or not yet."""
    match install.state:
        case State.STARTING if install.powered_on_at:
            # It reported before the power-on was verified, or idled here already: now its report counts.
            return Says(Act.INSPECT, "order_inspect", WAIT_POLL_S)
        case State.INSPECTING if not install.session:
            return Says(Act.INSPECT, "order_inspect", WAIT_POLL_S)
        case State.STARTING | State.QUEUED:
            return Says(Act.IDLE, "order_will_restart", WAIT_POLL_S)
        case State.HELD | State.FAILED:
            return Says(Act.IDLE, f"order_{install.state.value}", IDLE_POLL_S, _cause(install))
        case State.DONE | State.CANCELLED:
            return Says(Act.IDLE, "order_nothing_armed", IDLE_POLL_S)
        case _:
            return Says(Act.IDLE, "order_not_the_live_session", IDLE_POLL_S)


def _cause(install: Install) -> Values:
    return {"cause": str(install.cause.get("key", ""))}
