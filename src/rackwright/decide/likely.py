"""The likely causes of a standstill, as a table: from how far the machine came, and how long nothing has come since.

A guess for a person. Nothing is ever moved by it.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rackwright.decide.picture import Picture, Seen
from rackwright.values.event import Values
from rackwright.values.install import Install, State

MOST = 3
US = 1_000_000
POST_S = 180  # a server's self-test: before that nothing can be missed
STEP_S = 60  # from one step of a network boot to the next
KERNEL_S = 180  # from the last byte of the RAM OS to its agent's first report
SYSTEM_S = 300  # from the end of the writing to a phone-home


class Stage(enum.StrEnum):
    """What is missing next."""

    POWER = "power"
    BOOT_REQUEST = "boot_request"
    AGENT = "agent"
    POLLS = "polls"
    BYTES = "bytes"
    PHONE_HOME = "phone_home"


_STAGES = {
    State.INSPECTING: Stage.AGENT,
    State.WAITING: Stage.POLLS,
    State.GRANTED: Stage.POLLS,
    State.INSTALLING: Stage.BYTES,
    State.FIRST_BOOT: Stage.PHONE_HOME,
}
# What a failed install waited for in vain.
_FAILED = {
    "never_netbooted": Stage.BOOT_REQUEST,
    "agent_silent": Stage.AGENT,
    "never_claimed": Stage.POLLS,
    "lost_contact": Stage.POLLS,
    "write_too_slow": Stage.BYTES,
    "write_stalled": Stage.BYTES,
    "never_phoned_home": Stage.PHONE_HOME,
}


@dataclass(frozen=True, slots=True)
class Trail:
    """What was seen of the machine since the stage began. `until` is now, or when it failed there."""

    picture: Picture
    stage: Stage
    since: int
    until: int

    def last(self, kind: str) -> Seen | None:
        seen = self.picture.seen.get(kind)
        return seen if seen and seen.at >= self.since else None

    def has(self, *kinds: str) -> bool:
        return any(self.last(kind) for kind in kinds)

    def quiet(self, seconds: int, *kinds: str) -> bool:
        """Whether none of these came for so long, counted from the stage's beginning where none came at all."""
        newest = max((seen.at for kind in kinds if (seen := self.last(kind))), default=self.since)
        until = self.until if newest <= self.until else self.picture.now  # it goes on after its failure
        return until - newest >= seconds * US

    def after(self, kind: str, earlier: str) -> bool:
        one, other = self.last(kind), self.last(earlier)
        return bool(one and other and one.at >= other.at)


@dataclass(frozen=True, slots=True)
class Likely:
    """A likely cause: the key of its text, and that text's values."""

    key: str
    values: Values


@dataclass(frozen=True, slots=True)
class Row:
    key: str
    stage: Stage
    when: Callable[[Trail], bool]
    values: Callable[[Trail], Values]


def _nothing(_: Trail) -> Values:
    return {}


def _of(kind: str) -> Callable[[Trail], Values]:
    def values(t: Trail) -> Values:
        seen = t.last(kind)
        return seen.values if seen else {}

    return values


def _no_boot_yet(t: Trail, seconds: int, kind: str, *later: str) -> bool:
    return t.has(kind) and not t.has(*later, "boot") and t.quiet(seconds, kind)


def _file(t: Trail, kind: str, ending: str) -> bool:
    seen = t.last(kind)
    return bool(seen and str(seen.values.get("file", "")).endswith(ending))


def _unseen(t: Trail) -> bool:
    return not t.has("dhcp", "loader", "ipxe", "lease", "boot") and t.quiet(POST_S)


def _stranger(t: Trail) -> Values:
    one = t.picture.stranger
    return {"mac": one.mac, "serial": one.serial or "-", "address": one.address} if one else {}


def _unregistered_port(t: Trail) -> bool:
    seen, ports = t.last("boot"), [nic.mac for nic in t.picture.machine.ports]
    return bool(seen and ports) and str(seen.values.get("mac") if seen else "") not in ports


S = Stage
# In the order of a boot; the first that fit are told.
TABLE: Sequence[Row] = (
    Row("bmc_said", S.POWER, lambda t: bool(t.picture.power and t.picture.power.said), lambda t: (
        t.picture.power.said if t.picture.power else {})),
    Row("ambiguous", S.BOOT_REQUEST, lambda t: bool(t.picture.ambiguous), lambda t: t.picture.ambiguous),
    Row("not_counted", S.BOOT_REQUEST, lambda t: t.has("boot") and t.until == t.picture.now, _of("boot")),
    Row("no_http", S.BOOT_REQUEST, lambda t: _no_boot_yet(t, STEP_S, "ipxe"), _of("ipxe")),
    Row("loader_refused", S.BOOT_REQUEST, lambda t: (
        _no_boot_yet(t, STEP_S, "loader", "ipxe") and _file(t, "loader", ".efi")), _of("loader")),
    Row("loader_stuck", S.BOOT_REQUEST, lambda t: (
        _no_boot_yet(t, STEP_S, "loader", "ipxe") and not _file(t, "loader", ".efi")), _of("loader")),
    Row("no_loader", S.BOOT_REQUEST, lambda t: _no_boot_yet(t, STEP_S, "dhcp", "loader", "ipxe"), _of("dhcp")),
    Row("booted_disk", S.BOOT_REQUEST, lambda t: (
        _no_boot_yet(t, 0, "lease", "dhcp", "loader", "ipxe")), _of("lease")),
    Row("stranger", S.BOOT_REQUEST, lambda t: bool(t.picture.stranger) and not t.has("boot"), _stranger),
    Row("no_ports", S.BOOT_REQUEST, lambda t: _unseen(t) and not t.picture.machine.ports, _nothing),
    Row("dhcp_of_others", S.BOOT_REQUEST, lambda t: _unseen(t) and not t.picture.dhcp_is_ours, _nothing),
    Row("no_dhcp", S.BOOT_REQUEST, lambda t: (
        _unseen(t) and bool(t.picture.machine.ports) and t.picture.dhcp_is_ours), _nothing),
    Row("other_port", S.AGENT, lambda t: _unregistered_port(t) and t.quiet(STEP_S, "boot"), _of("boot")),
    Row("no_kernel", S.AGENT, lambda t: not t.has("kernel", "poll") and t.quiet(STEP_S, "boot"), _nothing),
    Row("kernel_alone", S.AGENT, lambda t: (
        _file(t, "kernel", "vmlinuz") and not t.has("poll") and t.quiet(STEP_S, "kernel")), _nothing),
    Row("agent_unheard", S.AGENT, lambda t: (
        t.after("lease", "kernel") and not t.has("poll") and t.quiet(STEP_S, "lease")), _of("lease")),
    Row("no_agent", S.AGENT, lambda t: (
        _file(t, "kernel", "initrd.img") and not t.has("poll") and not t.after("lease", "kernel")
        and t.quiet(KERNEL_S, "kernel")), _nothing),
    Row("agent_hangs", S.AGENT, lambda t: t.has("poll") and t.quiet(STEP_S, "poll"), _nothing),
    Row("agent_gone", S.POLLS, lambda t: t.quiet(t.picture.lost_contact_s, "poll"), _nothing),
    Row("writer_gone", S.BYTES, lambda t: t.quiet(STEP_S, "progress", "poll"), _nothing),
    Row("bytes_stopped", S.BYTES, lambda t: _stopped(t), _of("progress")),
    Row("netboots_again", S.PHONE_HOME, lambda t: t.has("boot") and t.quiet(STEP_S, "boot"), _nothing),
    Row("home_unheard", S.PHONE_HOME, lambda t: (
        t.has("lease") and not t.has("boot") and t.quiet(STEP_S, "lease")), _of("lease")),
    Row("no_system", S.PHONE_HOME, lambda t: not t.has("boot", "lease") and t.quiet(SYSTEM_S), _nothing),
)  # fmt: skip


def _stopped(t: Trail) -> bool:
    """It still polls, with the same number of bytes."""
    seen = t.last("progress")
    return seen is not None and seen.at - seen.moved_at >= STEP_S * US and not t.quiet(STEP_S, "progress", "poll")


def likely_causes(picture: Picture) -> tuple[Likely, ...]:
    """At most three, in the order of a boot; none where nothing is late."""
    trail = _trail(picture)
    if trail is None:
        return ()
    rows = (row for row in TABLE if row.stage is trail.stage and row.when(trail))
    return tuple(Likely(row.key, row.values(trail)) for row in rows)[:MOST]


def _trail(picture: Picture) -> Trail | None:
    install = picture.install
    stage = _stage(install) if install else None
    if install is None or stage is None:
        return None
    failed = install.state is State.FAILED
    return Trail(picture, stage, _since(install, stage), install.since if failed else picture.now)


def _stage(install: Install) -> Stage | None:
    if install.state is State.FAILED:
        return _FAILED.get(str(install.cause.get("key", "")))
    if install.state is State.STARTING:
        return Stage.BOOT_REQUEST if install.powered_on_at else Stage.POWER
    return _STAGES.get(install.state)


def _since(install: Install, stage: Stage) -> int:
    """From when on evidence counts: the power-on, or when the stage began. A cause's seconds are whole ones."""
    if stage is Stage.BOOT_REQUEST:
        return install.powered_on_at
    waited_s = install.cause.get("seconds")
    failed = install.state is State.FAILED and isinstance(waited_s, int)
    return install.since - (int(waited_s or 0) + 1) * US if failed else install.since
