"""When a machine looks alive, and when it is asked before it is cut off."""

from __future__ import annotations

from typing import Any

import pytest

from rackwright.decide.alive import gets_soft_off, looks_alive
from rackwright.values.machine import Runs, Service
from tests.builders import install, machine

HOUR = 3_600_000_000
NOW = 1_000 * HOUR
PINGS = ("10.0.0.5", "ping")


@pytest.mark.parametrize(
    ("answered", "hours_ago", "claimed", "live_ok", "key"),
    [
        (None, None, False, False, None),
        (PINGS, None, False, False, "machine_alive"),
        (PINGS, None, True, False, "machine_alive"),  # somebody may have installed it by hand
        (PINGS, 1, False, True, None),
        (PINGS, 1, False, False, "machine_alive"),
        (None, 1, False, False, "phoned_home_lately"),
        (None, 23.9, False, False, "phoned_home_lately"),
        (None, 24, False, False, None),
        (None, -1, False, False, "phoned_home_lately"),  # a clock that was set back
        (None, 1, True, False, None),
        (None, 1, False, True, None),
    ],
)
def test_what_looks_alive(
    answered: Any, hours_ago: float | None, claimed: bool, live_ok: bool, key: str | None
) -> None:
    runs = Runs() if hours_ago is None else Runs("debian-12", "x", NOW - int(hours_ago * HOUR))
    cause = looks_alive(
        machine().having(runs=runs).build(), install().having(live_ok=live_ok).build(), answered, claimed, 24, NOW
    )
    assert (cause["key"] if cause else None) == key


def test_a_hold_names_the_address_and_what_answered() -> None:
    cause = looks_alive(machine().build(), install().build(), PINGS, False, 24, NOW)
    assert cause == {"key": "machine_alive", "address": "10.0.0.5", "by": "ping"}


def test_with_zero_hours_no_phone_home_counts() -> None:
    lately = machine().having(runs=Runs("debian-12", "x", NOW - 1)).build()
    assert looks_alive(lately, install().build(), None, False, 0, NOW) is None


@pytest.mark.parametrize(
    ("given", "live_ok", "tries", "idles", "claimed", "soft"),
    [
        ({}, False, 0, False, False, False),
        ({"service": Service.IN_SERVICE}, False, 0, False, False, True),
        ({"runs": Runs("debian-12", "x", 1)}, False, 0, False, False, True),
        ({}, True, 0, False, False, True),
        ({"service": Service.IN_SERVICE}, False, 1, False, False, False),
        ({"service": Service.IN_SERVICE}, False, 0, True, False, False),
        ({"service": Service.IN_SERVICE}, False, 0, False, True, False),
        ({}, True, 0, False, True, True),
        ({}, True, 1, False, False, False),
    ],
)
def test_only_what_may_run_a_system_is_asked_to_shut_down(
    given: dict[str, Any], live_ok: bool, tries: int, idles: bool, claimed: bool, soft: bool
) -> None:
    armed = install().having(live_ok=live_ok, tries=tries).build()
    assert gets_soft_off(machine().having(**given).build(), armed, idles, claimed) is soft
