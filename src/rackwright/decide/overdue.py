"""What an install that stood too long in its state gets: another start, or a failure with its cause."""

from __future__ import annotations

from dataclasses import dataclass

from rackwright.decide.lifecycle import Trigger
from rackwright.values.install import Cause, Install, State

STARTS = 3  # the first and two by itself; nothing after the claim is ever tried again by itself


@dataclass(frozen=True, slots=True)
class Overdue:
    trigger: Trigger
    cause: Cause


def decide_overdue(install: Install, now: int) -> Overdue:
    """For a live install whose deadline has passed."""
    waited: Cause = {"seconds": (now - install.since) // 1_000_000}
    if install.state is State.STARTING and install.tries + 1 < STARTS:
        key = "no_boot_request" if install.powered_on_at else "not_powered_on"
        return Overdue(Trigger.START_AGAIN, {"key": key, "try": install.tries + 1, **waited})
    key = {
        State.STARTING: "never_netbooted" if install.powered_on_at else "never_powered_on",
        State.INSPECTING: "agent_silent",
        State.GRANTED: "never_claimed",
        State.INSTALLING: "write_too_slow",
        State.FIRST_BOOT: "never_phoned_home",
    }.get(install.state, "overdue")
    return Overdue(Trigger.OVERDUE, {"key": key, "state": install.state.value, **waited})


def is_stalled(install: Install, moved_at: int, now: int, stall_s: int) -> bool:
    """True when nothing was written for `stall_s`. `moved_at` is when the bytes last grew, 0 for never."""
    return install.state is State.INSTALLING and now - max(moved_at, install.since) > stall_s * 1_000_000
