"""Why a machine stands where it does: what it waits for, since when, what was last seen, what comes next, what to do.

Pure: what is known in, keys and values out; the sentences are in words/texts_why.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never

from rackwright.decide.lifecycle import EDGES, Trigger, netboot
from rackwright.decide.likely import US, Likely, likely_causes
from rackwright.decide.overdue import STARTS
from rackwright.decide.picture import Picture, Seen
from rackwright.values.boot import Boots
from rackwright.values.event import Scalar, Values
from rackwright.values.install import Install, State
from rackwright.values.machine import BmcType, Machine, Service

LOOKS_US = 30_000_000  # a reconciler that has not looked for longer is at a standstill itself
# The order of a boot, for sightings of the same moment.
ORDER = ("dhcp", "loader", "ipxe", "boot", "kernel", "lease", "idle", "poll", "progress")


@dataclass(frozen=True, slots=True)
class Told:
    """The key of a sentence and its values. A name that ends with `_at` is UTC microseconds, with `_bytes` a size."""

    key: str
    values: Values = field(default_factory=lambda: dict[str, Scalar]())


@dataclass(frozen=True, slots=True)
class Why:
    """`since` and `next_at` are UTC microseconds, 0 for none. `seen` is the newest first, `seen_from` what of it
    counts: since the power-on. `trouble` is the server's own, `protected` what forbids to arm the machine; `do` names
    commands for a person."""

    waits: Told
    since: int
    next: tuple[Told, ...]
    next_at: int
    do: tuple[str, ...]
    seen: tuple[Seen, ...] = ()
    seen_from: int = 0
    likely: tuple[Likely, ...] = ()
    trouble: Told | None = None
    protected: Told | None = None


@dataclass(frozen=True, slots=True)
class _Standing:
    """`next_at` is when `next` happens by itself, 0 when nobody can say."""

    waits: Told
    since: int
    next: Told | None
    next_at: int
    do: tuple[str, ...]


def decide_why(picture: Picture) -> Why:
    install = picture.install
    stands = _stands(picture, install) if install else _without_install(picture.machine)
    seen = sorted(picture.seen.values(), key=lambda one: (one.at, _order(one.kind)), reverse=True)
    then = [replace(stands.next, values={**stands.next.values, "next_at": stands.next_at})] if stands.next else []
    if install and (ends := _ends(install)):
        then.append(Told("expires", {"expires_at": ends}))
    trouble = _trouble(picture)
    return Why(
        waits=stands.waits, since=stands.since, next=tuple(then), next_at=stands.next_at, do=stands.do,
        seen=tuple(seen), seen_from=install.powered_on_at if install else 0,
        # What the machine lacks is no news while the server itself stands still.
        likely=() if trouble else likely_causes(picture), trouble=trouble, protected=_protected(picture.machine),
    )  # fmt: skip


def _ends(install: Install) -> int:
    """When the arming ends by itself, where it may."""
    may_expire = (install.state, Trigger.EXPIRED) in EDGES and not install.claimed
    return install.expires_at if may_expire else 0


def _stands(picture: Picture, install: Install) -> _Standing:
    match install.state:
        case State.QUEUED:
            return _queued(picture, install)
        case State.STARTING:
            return _starting(picture, install)
        case State.INSPECTING:
            return _limited(install, "agent", "fails", ("log", "cancel"))
        case State.WAITING:
            waits = Told("slot")
            return _Standing(waits, install.since, Told("slot"), 0, _in_line(picture))
        case State.GRANTED:
            return _limited(install, "claim", "fails", ("log", "cancel"))
        case State.INSTALLING:
            return _installing(picture, install)
        case State.FIRST_BOOT:
            return _limited(install, "phone_home", "fails", ("log", "cancel"))
        case State.HELD:
            return _Standing(Told("held"), install.since, _next_boot(install), 0, ("next_steps", "log"))
        case State.FAILED:
            return _Standing(Told("failed"), install.since, _next_boot(install), 0, ("next_steps", "log"))
        case State.DONE:
            values = {"os": install.os}
            return _Standing(Told("done", values), install.since, Told("disk"), 0, _install_or_not(picture.machine))
        case State.CANCELLED:
            return _Standing(Told("cancelled"), install.since, _next_boot(install), 0, _install_or_not(picture.machine))
        case _:
            assert_never(install.state)


def _without_install(machine: Machine) -> _Standing:
    """Nobody armed it: it boots its disk."""
    if machine.runs.at:
        values = {"os": machine.runs.os}
        return _Standing(Told("runs", values), machine.runs.at, Told("disk"), 0, _install_or_not(machine))
    return _Standing(Told("nothing"), 0, Told("disk"), 0, _install_or_not(machine))


def _protected(machine: Machine) -> Told | None:
    said = machine.protection
    if said is None:
        return None
    if not said.by:
        return Told("nobody")  # by a register that did not say who
    who = {"by": said.by, "protected_at": said.at}
    return Told("by", {**who, "reason": said.reason}) if said.reason.strip() else Told("by_unsaid", who)


def _install_or_not(machine: Machine) -> tuple[str, ...]:
    if machine.protected:
        return ("log", "unprotect")
    return ("log", "reinstall" if machine.service is Service.IN_SERVICE else "install")


def _queued(picture: Picture, install: Install) -> _Standing:
    by_hand = picture.machine.bmc.type is BmcType.MANUAL
    key = "permit_by_hand" if by_hand else "permit"
    return _Standing(Told("permit"), install.since, Told(key), 0, _in_line(picture))


def _in_line(picture: Picture) -> tuple[str, ...]:
    return ("follow", "limits", "cancel") if picture.line and picture.line.reached else ("follow", "cancel")


def _starting(picture: Picture, install: Install) -> _Standing:
    if install.powered_on_at:
        by_hand = picture.machine.bmc.type is BmcType.MANUAL
        waits = Told("boot_by_hand" if by_hand else "boot", {"on_at": install.powered_on_at})
        return _Standing(waits, install.powered_on_at, *_start_over(install, by_hand), ("log", "cancel"))
    power = picture.power
    if power is None or power.under_way or not power.tries:
        waits = Told("power", {"bmc": picture.machine.bmc.address or "-"})
        return _Standing(waits, install.since, Told("power"), 0, ("log", "cancel"))
    if power.hook_silent:
        waits = Told("hook_again", {"said": power.hook_silent.get("said", "-"), "tries": power.tries})
        return _Standing(waits, install.since, Told("hook_again"), power.due_at, ("log", "cancel"))
    waits = Told("power_again", {"bmc": picture.machine.bmc.address or "-", "tries": power.tries})
    return _Standing(waits, install.since, Told("power_again"), power.due_at, ("log", "bmc", "cancel"))


def _start_over(install: Install, by_hand: bool) -> tuple[Told | None, int]:
    if not install.deadline:
        return None, 0
    if install.tries + 1 < STARTS:
        key = "start_again_by_hand" if by_hand else "start_again"
        return Told(key, {"start": install.tries + 2, "starts": STARTS}), install.deadline
    return Told("fails"), install.deadline


def _installing(picture: Picture, install: Install) -> _Standing:
    """Whichever comes first: the stall of the bytes, or the state's own limit."""
    seen = picture.seen.get("progress")
    progress = seen if seen and seen.at >= install.since else None
    moved_at = max(progress.moved_at if progress else 0, install.since)
    stalls_at = moved_at + picture.stall_s * US
    late = stalls_at < install.deadline or not install.deadline
    next_ = Told("stalls" if late else "fails")
    at = stalls_at if late else install.deadline
    disk = install.disk_serial or install.disk_wwn or install.disk_path
    if progress is None:
        return _Standing(Told("first_bytes", {"disk": disk}), install.since, next_, at, ("follow", "log", "cancel"))
    amount = _amount(progress.values, picture.now)
    # Most steps have no bytes of their own to count.
    key = "bytes" if amount["total_bytes"] else "step"
    return _Standing(Told(key, {"disk": disk, **amount}), install.since, next_, at, ("follow", "log", "cancel"))


def _amount(progress: Values, now: int) -> Mapping[str, Scalar]:
    """`done_at` is when it will be written at this pace, 0 when nobody can say."""
    done, total, pace = (_number(progress, name) for name in ("done_bytes", "total_bytes", "bytes_per_s"))
    left_s = (total - done) // pace if pace > 0 and total >= done else 0
    percent = min(100, 100 * done // total) if total > 0 else 0
    return {
        "step": str(progress.get("step", "")), "done_bytes": done, "total_bytes": total, "percent": percent,
        "pace_bytes": pace, "done_at": now + left_s * US if left_s else 0,
    }  # fmt: skip


def _number(values: Values, name: str) -> int:
    value = values.get(name, 0)
    return max(0, int(value)) if isinstance(value, (int, float)) else 0


def _limited(install: Install, waits: str, otherwise: str, do: tuple[str, ...]) -> _Standing:
    """A state that the machine itself must leave, within a limit."""
    values = {"disk": install.disk_serial or install.disk_wwn or install.disk_path, "os": install.os}
    after = Told(otherwise) if install.deadline else None
    return _Standing(Told(waits, values), install.since, after, install.deadline, do)


def _next_boot(install: Install) -> Told:
    """What the machine gets if it boots from the network now."""
    match netboot(install):
        case Boots.DISK:
            return Told("disk")
        case _:
            return Told("ram_os_read_only" if install.claimed else "ram_os")


def _trouble(picture: Picture) -> Told | None:
    """Nothing moves by itself while nobody looks."""
    live = picture.install is not None and picture.install.live
    if live and picture.now - picture.ticked_at > LOOKS_US:
        return Told("never_looked") if not picture.ticked_at else Told("not_looking", {"looked_at": picture.ticked_at})
    return None


def _order(kind: str) -> int:
    return ORDER.index(kind) if kind in ORDER else -1
