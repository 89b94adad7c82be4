"""Sets the machine's clocks to the server's time. Never moves them for less than two seconds."""

from __future__ import annotations

import time

from rackwright_agent.commands import Commands
from rackwright_agent.failures import MachineFailed

TOLERANCE_S = 2.0


def is_off(now_us: int, server_us: int) -> bool:
    """True when the clocks differ by more than a late answer explains; a server without a time counts as none."""
    return server_us > 0 and abs(now_us - server_us) > TOLERANCE_S * 1_000_000


def follow(server_us: int, commands: Commands) -> str:
    """Sets system clock and RTC when they are off; returns what a person should read, or nothing."""
    now_us = time.time_ns() // 1000
    if not is_off(now_us, server_us):
        return ""
    try:
        time.clock_settime_ns(time.CLOCK_REALTIME, server_us * 1000)
    except OSError as error:
        return f"the clock is off by {(server_us - now_us) / 1e6:+.0f} s and cannot be set: {error.strerror}"
    said = f"clock set, it was off by {(server_us - now_us) / 1e6:+.0f} s"
    try:
        commands.run(["hwclock", "--systohc", "--utc"], timeout_s=15)
    except MachineFailed as error:  # a machine without a working RTC can be installed all the same
        return f"{said}; the RTC stays wrong: {error}"
    return said
