"""Why a machine stands where it does: the paragraph of every state in both languages, and every likely cause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rackwright import words
from rackwright.app import why_text
from rackwright.decide.likely import MOST, TABLE, likely_causes
from rackwright.decide.picture import Picture, PowerAct, Seen, Stranger
from rackwright.decide.why import Told, decide_why
from rackwright.values.install import State
from rackwright.values.limit import SITE, Reached, Resource
from rackwright.values.machine import Bmc, BmcType, Protection, Runs
from rackwright.values.standing import Standing
from tests.builders import install, machine

GOLDEN = Path(__file__).parents[1] / "golden"
MIN = 60_000_000
NOW = 1_700_000_000_000_000
ON = NOW - 20 * MIN  # when it was powered on
WEB = machine().named("web01").with_macs("52:54:00:00:00:01").with_bmc("10.77.0.201")
BY_HAND = WEB.having(bmc=Bmc(BmcType.MANUAL))
FULL = Reached(SITE, Resource.STARTS, 55)
VALUES: Mapping[str, Mapping[str, Any]] = {
    "dhcp": {"mac": "52:54:00:00:00:01", "address": "10.77.0.123", "interface": "br0"},
    "ipxe": {"mac": "52:54:00:00:00:01", "address": "10.77.0.123", "interface": "br0"},
    "lease": {"mac": "52:54:00:00:00:01", "address": "10.77.0.123", "interface": "br0"},
    "loader": {"mac": "52:54:00:00:00:01", "address": "10.77.0.123", "file": "snponly.efi"},
    "boot": {"mac": "52:54:00:00:00:01", "address": "10.77.0.123", "firmware": "uefi", "got": "armed"},
    "kernel": {"file": "initrd.img", "address": "10.77.0.123"},
    "idle": {"doing": ""},
    "poll": {"doing": "waiting"},
    "progress": {"step": "write_image", "done_bytes": 3 << 30, "total_bytes": 8 << 30, "bytes_per_s": 100 << 20},
}


def saw(kind: str, minutes_ago: float, **values: Any) -> Seen:
    at = NOW - int(minutes_ago * MIN)
    return Seen(kind, at, NOW - int(values.pop("moved", minutes_ago) * MIN), {**VALUES[kind], **values})


def picture(state: State | None, *seen: Seen, since: float = 5, **given: Any) -> Picture:
    """An install that stands in the state for so many minutes. Fields of the install are given by their names; those
    of the picture by `with_`."""
    parts = {name.removeprefix("with_"): given.pop(name) for name in list(given) if name.startswith("with_")}
    started = state not in (None, State.QUEUED)
    values = {
        "since": NOW - int(since * MIN), "deadline": NOW + 25 * MIN, "powered_on_at": ON if started else 0,
        "disk_serial": "DISK0001", "expires_at": 0, **given,
    }  # fmt: skip
    made = install().standing(state).having(**values).build() if state else None
    known = {"machine": WEB.build(), "ticked_at": NOW, "seen": {one.kind: one for one in seen}, **parts}
    return Picture(install=made, now=NOW, **known)


STATES: Mapping[str, Picture] = {
    "no install": picture(None, saw("boot", 60 * 24 * 3)),
    "no install, protected": picture(
        None, with_machine=WEB.having(protection=Protection("ann", "runs payroll", NOW - 90 * MIN)).build()
    ),
    "no install, protected without a reason": picture(
        None, with_machine=WEB.having(protection=Protection("ann", "", NOW - 90 * MIN)).build()
    ),
    "no install, idles in the RAM OS": picture(None, saw("idle", 0.1), saw("boot", 60)),
    "no install, protected by the register": picture(
        None, with_machine=WEB.having(protection=Protection("", "", 0)).build()
    ),
    "no install, runs a system": picture(
        None, with_machine=WEB.in_service().having(runs=Runs("debian-12", "ab", NOW - 60 * 24 * MIN)).build()
    ),
    "queued": picture(State.QUEUED, with_line=Standing(3, 12, FULL, 360), expires_at=NOW + 60 * 24 * 3 * MIN),
    "queued, by hand": picture(State.QUEUED, with_line=Standing(3, 12, FULL, 360), with_machine=BY_HAND.build()),
    "queued again": picture(
        State.QUEUED, with_line=Standing(1, 1), tries=1, cause={"key": "no_boot_request", "try": 1, "seconds": 1800}
    ),
    "queued, the server stands still": picture(State.QUEUED, with_line=Standing(1, 1), with_ticked_at=NOW - 7 * MIN),
    "starting": picture(State.STARTING, powered_on_at=0, with_power=PowerAct(NOW, 1, under_way=True)),
    "starting, the BMC fails": picture(
        State.STARTING, powered_on_at=0, with_power=PowerAct(
            NOW + MIN, 2, said={"error_key": "power_unchanged", "address": "10.77.0.201", "said": "power is not off"}
        ),
    ),
    "starting, the hook is silent": picture(
        State.STARTING, powered_on_at=0, with_power=PowerAct(
            NOW + MIN, 2, hook_silent={"error_key": "hook_no_answer", "said": "no end within 30 s"}
        ),
    ),
    "starting, powered on": picture(State.STARTING, saw("dhcp", 3)),
    "starting, powered on, the last start": picture(State.STARTING, saw("boot", 60 * 24), tries=2),
    "starting, by hand": picture(State.STARTING, with_machine=BY_HAND.build()),
    "inspecting": picture(State.INSPECTING, saw("boot", 4.9), saw("kernel", 4.5)),
    "waiting": picture(State.WAITING, saw("poll", 0.1), saw("boot", 7), with_line=Standing(12, 80, silent_s=0)),
    "granted": picture(State.GRANTED, saw("poll", 0.1), saw("boot", 7)),
    "installing, no bytes yet": picture(State.INSTALLING, saw("poll", 0.1), since=0.5),
    "installing": picture(State.INSTALLING, saw("progress", 0), saw("poll", 5), saw("boot", 8)),
    "installing, a step without bytes": picture(
        State.INSTALLING, saw("progress", 0, step="identity", done_bytes=0, total_bytes=0, bytes_per_s=0)
    ),
    "installing, at an unknown pace": picture(State.INSTALLING, saw("progress", 0, bytes_per_s=0)),
    "first_boot": picture(State.FIRST_BOOT, saw("progress", 5.1), saw("boot", 12)),
    "done": picture(State.DONE, saw("lease", 1), with_machine=WEB.in_service().build()),
    "held": picture(
        State.HELD, saw("poll", 0.1), cause={"key": "wrong_serial", "reported": "SN9", "register": "SN1"},
        expires_at=NOW + 60 * MIN,
    ),
    "held, with several ways out": picture(
        State.HELD, saw("poll", 0.1), expires_at=NOW + 3 * 24 * 60 * MIN - 2_000_000, cause={
            "key": "bmc_of_another_machine", "hostname": "web01", "address": "10.77.0.201", "by": "FRU", "stated": "SN9", "expected": "SN1",
            "whose": "db01",
        },
    ),
    "failed": picture(
        State.FAILED, saw("loader", 30), saw("dhcp", 30.1), powered_on_at=NOW - 35 * MIN,
        cause={"key": "never_netbooted", "seconds": 1800, "seen": "loader", "seen_ago": 1500},
    ),
    "failed after the claim": picture(
        State.FAILED, saw("progress", 15), claimed=True, cause={"key": "write_stalled", "seconds": 600}
    ),
    "cancelled": picture(State.CANCELLED, cause={"key": "cancelled", "by": "ann", "reason": "wrong rack"}),
}  # fmt: skip


def told(name: str, language: str) -> str:
    shown = STATES[name]
    why = decide_why(shown)
    return f"{why_text.paragraph(language, shown, why)}\n{why_text.commands(language, shown, why.do)}"


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_the_text_of_every_state_is_the_golden_one(language: str) -> None:
    text = "\n".join(f"# {name}\n{told(name, language)}\n" for name in STATES)
    assert text == (GOLDEN / f"why-{language}.txt").read_text()


def test_every_state_has_its_text() -> None:
    assert {shown.install.state for shown in STATES.values() if shown.install} == set(State)


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize("name", STATES)
def test_no_text_shows_a_key_or_a_placeholder(name: str, language: str) -> None:
    text = told(name, language)
    assert "why_" not in text
    assert "{" not in text
    assert "cause_" not in text


@pytest.mark.parametrize("name", STATES)
def test_what_it_waits_for_and_since_when_is_told_first(name: str) -> None:
    assert told(name, "en").startswith("web01 ")
    assert ". " in told(name, "en").splitlines()[0]


EVIDENCE: Mapping[str, Picture] = {
    "bmc_said": STATES["starting, the BMC fails"],
    "ambiguous": picture(State.STARTING, with_ambiguous={"mac": "m", "serial": "s", "machines": "web01, web02"}),
    "not_counted": picture(State.STARTING, saw("boot", 4)),
    "no_http": picture(State.STARTING, saw("dhcp", 4), saw("loader", 3.9), saw("ipxe", 3.8)),
    "loader_refused": picture(State.STARTING, saw("dhcp", 4), saw("loader", 3.9)),
    "loader_stuck": picture(State.STARTING, saw("dhcp", 4), saw("loader", 3.9, file="undionly.kpxe")),
    "no_loader": picture(State.STARTING, saw("dhcp", 4)),
    "booted_disk": picture(State.STARTING, saw("lease", 0.1)),
    "stranger": picture(State.STARTING, with_stranger=Stranger("52:54:00:00:00:99", "SN9", "10.77.0.199", NOW - MIN)),
    "no_ports": picture(State.STARTING, with_machine=WEB.having(nics=()).build()),
    "dhcp_of_others": picture(State.STARTING, with_dhcp_is_ours=False),
    "no_dhcp": picture(State.STARTING, saw("boot", 60)),
    "other_port": picture(State.INSPECTING, saw("boot", 5, mac="52:54:00:00:00:77"), saw("poll", 0.1)),
    "no_kernel": picture(State.INSPECTING, saw("boot", 5), saw("kernel", 30)),
    "kernel_alone": picture(State.INSPECTING, saw("boot", 5), saw("kernel", 4, file="vmlinuz")),
    "agent_unheard": picture(State.INSPECTING, saw("boot", 5), saw("kernel", 4), saw("lease", 3)),
    "no_agent": picture(State.INSPECTING, saw("boot", 5), saw("kernel", 4)),
    "agent_hangs": picture(State.INSPECTING, saw("boot", 5), saw("kernel", 4), saw("poll", 2)),
    "agent_gone": picture(State.WAITING, saw("poll", 2), with_line=Standing(1, 1)),
    "writer_gone": picture(State.INSTALLING, saw("progress", 2)),
    "bytes_stopped": picture(State.INSTALLING, saw("progress", 0, moved=2)),
    "netboots_again": picture(State.FIRST_BOOT, saw("boot", 2)),
    "home_unheard": picture(State.FIRST_BOOT, saw("lease", 2)),
    "no_system": picture(State.FIRST_BOOT, saw("progress", 5.1), saw("boot", 12)),
}


@pytest.mark.parametrize("key", EVIDENCE)
def test_each_likely_cause_is_told_on_its_evidence(key: str) -> None:
    found = likely_causes(EVIDENCE[key])
    assert found[0].key == key
    for language in words.LANGUAGES:
        text = why_text.likely_text(language, decide_why(EVIDENCE[key]))
        assert text
        assert "why_likely" not in text


def test_every_row_has_its_evidence_here() -> None:
    assert [row.key for row in TABLE] == list(EVIDENCE)


@pytest.mark.parametrize(
    ("failed", "key"),
    [
        ("never_netbooted", "loader_refused"), ("agent_silent", "no_agent"), ("never_phoned_home", "no_system"),
        ("write_stalled", "writer_gone"),
    ],
)  # fmt: skip
def test_a_failure_is_explained_by_what_was_missing_then(failed: str, key: str) -> None:
    seen = {
        "never_netbooted": (saw("dhcp", 30), saw("loader", 30)),
        "agent_silent": (saw("boot", 35), saw("kernel", 30)),
        "never_phoned_home": (saw("progress", 50),),
        "write_stalled": (saw("progress", 30),),
    }[failed]
    cause = {"key": failed, "seconds": 30 * 60}
    shown = picture(State.FAILED, *seen, powered_on_at=NOW - 35 * MIN, cause=cause)
    assert [one.key for one in likely_causes(shown)] == [key]


@pytest.mark.parametrize(
    "shown",
    [
        picture(State.STARTING, powered_on_at=NOW - MIN),
        picture(State.STARTING, saw("dhcp", 0.5)),
        picture(State.STARTING, saw("dhcp", 0.6), saw("loader", 0.5)),
        picture(State.INSPECTING, saw("boot", 0.5), since=0.5),
        picture(State.INSPECTING, saw("boot", 3), saw("kernel", 2), since=3),
        picture(State.WAITING, saw("poll", 0.4)),
        picture(State.INSTALLING, saw("progress", 0.1)),
        picture(State.FIRST_BOOT, since=3),
        picture(State.QUEUED),
        picture(State.HELD, cause={"key": "wrong_serial"}),
        picture(None),
    ],
)
def test_nothing_is_guessed_while_nothing_is_late(shown: Picture) -> None:
    assert likely_causes(shown) == ()


def test_evidence_of_before_the_power_on_proves_nothing() -> None:
    shown = picture(State.STARTING, saw("ipxe", 60), saw("loader", 60))
    assert [one.key for one in likely_causes(shown)] == ["no_dhcp"]


def test_at_most_three_causes_are_told() -> None:
    shown = picture(
        State.STARTING, with_ambiguous={"mac": "m", "serial": "s", "machines": "x"},
        with_stranger=Stranger("m", "s", "a", NOW), with_machine=WEB.having(nics=()).build(), with_dhcp_is_ours=False,
    )  # fmt: skip
    assert len(likely_causes(shown)) == MOST


def test_a_server_that_stands_still_itself_blames_no_machine() -> None:
    shown = replace(picture(State.STARTING), ticked_at=0)
    why = decide_why(shown)
    assert (why.trouble, why.likely) == (Told("never_looked"), ())


def test_what_a_machine_reported_cannot_break_the_paragraph() -> None:
    hostile = "x\n\x1b[2J{hostname}"
    shown = picture(State.HELD, cause={"key": "wrong_serial", "reported": hostile, "register": "SN1"})
    text = why_text.paragraph("en", shown, decide_why(shown))
    assert "\n" not in text
    assert "\x1b" not in text
    assert "{hostname}" in text


def test_each_way_out_of_a_hold_is_told_whole() -> None:
    """The same last command ends several of them."""
    lines = told("held, with several ways out", "en").splitlines()
    assert lines.count("rackwright install --retry web01") == 3
    assert lines.count("rackwright log web01") == 1


@pytest.mark.parametrize(
    ("seconds", "told_as"),
    [
        (598, "in 10 min"),
        (3 * 86400 - 2, "in 3 d"),
        (89, "in 1 min"),
        (91, "in 2 min"),
        (3599, "in 1 h"),
        (20, "in 20 s"),
    ],
)
def test_what_lies_ahead_is_told_to_the_nearest(seconds: int, told_as: str) -> None:
    assert told_as in why_text.moment("en", NOW + seconds * 1_000_000, NOW)


def test_a_retry_over_a_machine_in_service_is_told_with_what_it_needs() -> None:
    """Without them the very next command would be refused."""
    cause = {"key": "machine_alive", "address": "10.77.0.11", "by": "ping"}
    shown = picture(State.HELD, cause=cause, with_machine=WEB.in_service().build())
    lines = why_text.commands("en", shown, decide_why(shown).do).splitlines()
    assert "rackwright install --retry web01 --live-ok web01 --reinstall --reason …" in lines
    assert "rackwright cancel web01" in lines
    new = picture(State.HELD, cause=cause)
    assert "--reinstall" not in why_text.commands("en", new, decide_why(new).do)
