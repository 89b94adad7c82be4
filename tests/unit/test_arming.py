"""May this machine be armed, and if not, why not?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rackwright.decide.arming import Asked, WillInstall, WillNot, may_arm
from rackwright.values.image import Image
from rackwright.values.install import State
from rackwright.values.machine import Bmc, BmcType, Protection, Service
from tests.builders import install, machine

PROTECTION = Protection("ann", "runs payroll", 1)

IMAGE = Image("ab" * 32, "debian-12", "zstd", 1000, 4096, 512, 1)
READY = machine().with_serial("S1").with_bmc().having(os="debian-12", profile="web").build()
LIVE = (
    State.QUEUED,
    State.STARTING,
    State.INSPECTING,
    State.WAITING,
    State.GRANTED,
    State.INSTALLING,
    State.FIRST_BOOT,
)


def judged(
    *, latest: State | None = None, image: Image | None = IMAGE, reinstall: bool = False, retry: bool = False,
    reason: str = "", profile_known: bool = True, **machine_values: Any,
) -> str:  # fmt: skip
    stands = install().standing(latest).build() if latest else None
    asked = Asked(reinstall, retry, reason, profile_known)
    verdict = may_arm(replace(READY, **machine_values), stands, image, asked)
    match verdict:
        case WillInstall(pinned):
            assert pinned == IMAGE
            return "install"
        case WillNot(key, _):
            return key


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ({}, "install"),
        ({"protection": PROTECTION}, "refused_protected"),
        ({"os": ""}, "refused_no_os"),
        ({"profile": ""}, "install"),
        ({"serial": ""}, "refused_no_identity"),
        ({"bmc": Bmc()}, "install"),  # manual: a person presses the button
        ({"bmc": Bmc(BmcType.IPMI)}, "refused_no_bmc_address"),
        ({"bmc": Bmc(BmcType.ILO, "10.0.0.1")}, "install"),
        ({"bmc": Bmc(BmcType.REDFISH, "10.0.0.1")}, "refused_no_driver"),
        ({"service": Service.IN_SERVICE}, "refused_in_service"),
    ],
    ids=str,
)
def test_what_the_register_says(values: dict[str, Any], verdict: str) -> None:
    assert judged(**values) == verdict


def test_an_image_and_a_profile_must_be_there() -> None:
    assert judged(image=None) == "refused_no_image"
    assert judged(profile_known=False) == "refused_no_profile"


@pytest.mark.parametrize(
    ("reinstall", "reason", "verdict"),
    [
        (False, "", "refused_in_service"),
        (False, "why", "refused_in_service"),
        (True, "", "refused_no_reason"),
        (True, "  ", "refused_no_reason"),
        (True, "why", "install"),
    ],
)
@pytest.mark.parametrize(("retry", "latest"), [(False, State.DONE), (True, State.FAILED), (True, State.HELD)])
def test_a_machine_in_service_needs_a_reason_also_for_a_retry(
    retry: bool, latest: State, reinstall: bool, reason: str, verdict: str
) -> None:
    asked = judged(latest=latest, retry=retry, reinstall=reinstall, reason=reason, service=Service.IN_SERVICE)
    assert asked == verdict


@pytest.mark.parametrize("protected_retry", [True, False])
def test_nothing_installs_over_a_protected_machine(protected_retry: bool) -> None:
    latest = State.FAILED if protected_retry else None
    protection = PROTECTION
    asked = judged(latest=latest, retry=protected_retry, reinstall=True, reason="x", protection=protection)
    assert asked == "refused_protected"


@pytest.mark.parametrize(
    ("latest", "anew", "again"),
    [
        (None, "install", "refused_nothing_to_retry"),
        *((state, "refused_live", "refused_nothing_to_retry") for state in LIVE),
        (State.HELD, "refused_held", "install"),
        (State.FAILED, "install", "install"),
        (State.CANCELLED, "install", "refused_nothing_to_retry"),
        (State.DONE, "install", "refused_nothing_to_retry"),
    ],
)
def test_what_the_latest_install_allows(latest: State | None, anew: str, again: str) -> None:
    assert judged(latest=latest) == anew
    assert judged(latest=latest, retry=True) == again
