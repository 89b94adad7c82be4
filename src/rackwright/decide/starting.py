"""Does a start need a power cycle, or does the machine idle in the RAM OS already and just goes on?"""

from __future__ import annotations

from rackwright.values.install import Install

POLLED_WITHIN_US = 30_000_000  # three idle polls


def goes_on_as_it_is(install: Install, joined_it: bool, claimed_before: bool, polled_at: int, now: int) -> bool:
    """`joined_it`: the machine's newest boot joined this very install after a verified power-on, and is not fenced.

    Not once anything was claimed: whatever wrote must be off first. Not after a start that brought nothing."""
    polls = now - polled_at <= POLLED_WITHIN_US
    return joined_it and polls and not claimed_before and install.tries == 0
