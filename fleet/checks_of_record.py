"""The invariants about the server's word: timelines, where installs stand, and what the register says. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fleet.disks import Partly, SimulatedDisk, System
from fleet.seen import EventSeen, Final, InstallSeen
from fleet.truth import SessionTruth, Truth
from fleet.violation import Violation
from rackwright_wire.messages import Event

LATE_US = 10_000_000  # a deadline that has just passed is acted on at the reconciler's next looks
NEEDS_CAUSE = frozenset({"failed", "held", "cancelled"})
ENDED = NEEDS_CAUSE | {"done"}


def all_about_the_record(
    truth: Truth, final: Final, disks: Mapping[str, Sequence[SimulatedDisk]], texts: Mapping[str, str]
) -> list[Violation]:
    """`disks` are each machine's by hostname; `texts` what the API says of each live install, by id."""
    return [
        *acknowledged_events_are_kept(truth, final),
        *no_install_is_lost(truth, final),
        *every_install_stands_for_a_reason(final, texts),
        *done_is_proven(truth, final, disks),
        *the_register_says_what_the_disk_says(final, disks),
    ]


def acknowledged_events_are_kept(truth: Truth, final: Final) -> list[Violation]:
    rule = "every acknowledged event is on its timeline exactly once, in order"
    kept: dict[str, list[EventSeen]] = {}
    for events in final.events.values():
        for event in events:
            if event.session:
                kept.setdefault(event.session, []).append(event)
    return [
        Violation(rule, session.machine, f"session {session.session}: {wrong}")
        for session in truth.sessions.values()
        if (wrong := _events_wrong(session, kept.get(session.session, [])))
    ]


def _events_wrong(session: SessionTruth, kept: Sequence[EventSeen]) -> str:
    numbers = [event.session_seq for event in kept]
    if numbers != list(range(1, len(numbers) + 1)):
        return f"the timeline has {numbers}"
    for seq, acked in session.acked.items():
        there = next((event for event in kept if event.session_seq == seq), None)
        for event in acked:
            if there is None or not _same(event, there):
                said = f"{there.kind} {there.values}" if there else "nothing"
                return f"event {seq}, {event.kind} {event.values}, was acknowledged, and there is {said}"
    for event in kept:
        if not any(_same(sent, event) for sent in session.sent.get(event.session_seq or 0, ())):
            return f"event {event.session_seq}, {event.kind} {event.values}, was never sent"
    return ""


def _same(sent: Event, kept: EventSeen) -> bool:
    return kept.kind == f"agent_{sent.kind}" and kept.values == sent.values


def no_install_is_lost(truth: Truth, final: Final) -> list[Violation]:
    return [
        Violation("no install is lost", "", f"install {install} was armed, and there is no trace of it")
        for install in sorted(truth.armed - final.installs.keys())
    ]


def every_install_stands_for_a_reason(final: Final, texts: Mapping[str, str]) -> list[Violation]:
    rule = (
        "every armed install is done, failed with a cause, held with a question, cancelled, or waits within its limit"
    )
    return [
        Violation(rule, final.hostname(install.machine), f"{install.state}: {wrong}")
        for install in final.installs.values()
        if (wrong := _stands_wrong(install, final.at, texts))
    ]


def _stands_wrong(install: InstallSeen, at: int, texts: Mapping[str, str]) -> str:
    if install.state in NEEDS_CAUSE and not install.cause.get("key"):
        return "without a cause"
    if install.state not in ENDED and install.deadline and install.deadline + LATE_US < at:
        return f"{(at - install.deadline) // 1_000_000} s past its limit"
    if install.live and not texts.get(install.id, "").strip():
        return "nothing says what it waits for"
    return ""


def done_is_proven(truth: Truth, final: Final, disks: Mapping[str, Sequence[SimulatedDisk]]) -> list[Violation]:
    """Only an installed system's own word makes done, and that system is on the disk."""
    rule = "done means that the installed system has phoned home"
    phoned = {(one.install, one.attempt) for one in truth.phoned}
    latest = _latest(final)
    found: list[Violation] = []
    for install in final.installs.values():
        if install.state != "done":
            continue
        name = final.hostname(install.machine)
        if (install.id, install.attempt) not in phoned:
            found.append(Violation(rule, name, f"install {install.id} is done, and nothing phoned home for it"))
        elif latest[install.machine].id == install.id and not _has(disks.get(name, ()), install):
            found.append(Violation(rule, name, f"install {install.id} is done, and its system is not on the disk"))
    return found


def _has(disks: Sequence[SimulatedDisk], install: InstallSeen) -> bool:
    return any(
        isinstance(disk.holds, System)
        and (disk.holds.install, disk.holds.attempt, disk.holds.image) == (install.id, install.attempt, install.image)
        for disk in disks
    )


def the_register_says_what_the_disk_says(final: Final, disks: Mapping[str, Sequence[SimulatedDisk]]) -> list[Violation]:
    """The image of what phoned home last; nothing once a later claim was granted, until that one phones home."""
    rule = "the register says what the disk says"
    found: list[Violation] = []
    for machine in final.machines.values():
        runs = machine.runs_image
        for disk in disks.get(machine.hostname, ()):
            match disk.holds:
                case Partly(install=install, attempt=attempt) if runs:
                    text = f"it runs {runs[:12]}; {disk.serial} is partly written by {install} attempt {attempt}"
                    found.append(Violation(rule, machine.hostname, text))
                case System(install=install, image=image) if runs and runs != image:
                    text = f"it runs {runs[:12]}; {disk.serial} has {image[:12]} of {install}"
                    found.append(Violation(rule, machine.hostname, text))
                case _:
                    pass
        if wrong := _runs_wrong(final, machine.id, runs):
            found.append(Violation(rule, machine.hostname, wrong))
    return found


def _runs_wrong(final: Final, machine: str, runs: str) -> str:
    installs = {install.id: install for install in final.installs.values() if install.machine == machine}
    claims = sorted((c for c in final.claims if c.install in installs), key=lambda claim: claim.granted_at)
    if not claims:
        return f"it runs {runs[:12]}, and nothing was ever claimed" if runs else ""
    last = installs[claims[-1].install]
    done = last.state == "done" and last.attempt == claims[-1].attempt
    if done and runs != last.image:
        return f"it runs {runs[:12] or 'nothing known'}; its install is done with {last.image[:12]}"
    if not done and runs:
        return f"it runs {runs[:12]}; the claim of {last.id} attempt {claims[-1].attempt} came to no end"
    return ""


def _latest(final: Final) -> dict[str, InstallSeen]:
    latest: dict[str, InstallSeen] = {}
    for install in sorted(final.installs.values(), key=lambda one: one.id):
        latest[install.machine] = install
    return latest
