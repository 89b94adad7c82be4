"""The invariants about writing and power: what really happened, against what the server says it allowed. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from fleet.rack import NEVER_RIGHT, Body, Oddity
from fleet.seen import EventSeen, Final
from fleet.truth import Interval, Truth
from fleet.violation import Violation

CLOCK_US = 1_000  # two processes read one clock; this much apart they may be in either order
UNEXPECTED = frozenset({"vendor", "foreign"})
UNTOUCHABLE = frozenset({"granted", "installing", "first_boot"})


def all_about_writing(
    truth: Truth, final: Final, bodies: Sequence[Body], over: Mapping[tuple[str, int], int]
) -> list[Violation]:
    return [
        *writes_have_their_claim(truth, final),
        *a_claim_has_one_session(truth, final),
        *wrong_machines_stay_untouched(truth, bodies),
        *what_nobody_expects_is_asked_for(truth),
        *protected_machines_stay_untouched(truth),
        *nothing_is_claimed_while_it_is_forbidden(truth, final),
        *nobody_writes_on_after_the_end(truth, over),
        *nobody_is_switched_off_while_it_writes(truth, final),
        *nobody_else_is_switched(truth, bodies),
    ]


def writes_have_their_claim(truth: Truth, final: Final) -> list[Violation]:
    """Each write is its machine's, covered by a claim that was granted before to that session, for that disk."""
    rule = "nothing is destroyed without a live, matching, granted claim for that disk"
    claims = {(claim.install, claim.attempt): claim for claim in final.claims}
    found: list[Violation] = []
    for write in truth.writes:
        claim = claims.get((write.install, write.attempt))
        install = final.installs.get(write.install)
        if claim is None or install is None:
            text = "no claim was ever granted"
        elif claim.session != write.session:
            text = f"the claim was granted to session {claim.session}, not to {write.session}"
        elif write.disk not in claim.disks:
            text = f"the claim is for {', '.join(claim.disks)}, not for {write.disk}"
        elif claim.granted_at > write.at + CLOCK_US:
            text = "the claim was granted after the write"
        elif final.hostname(install.machine) != write.machine:
            text = f"the install is {final.hostname(install.machine)}'s"
        else:
            continue
        found.append(Violation(rule, write.machine, f"install {write.install} attempt {write.attempt}: {text}"))
    return found


def a_claim_has_one_session(truth: Truth, final: Final) -> list[Violation]:
    """Counting every yes that the server sent, also those that were lost on their way."""
    rule = "no claim is granted to two sessions"
    sessions: dict[tuple[str, int], set[str]] = defaultdict(set)
    machine_of: dict[tuple[str, int], str] = {}
    for granted in truth.granted:
        key = granted.install, granted.attempt
        sessions[key].add(granted.session)
        machine_of[key] = granted.machine
    for claim in final.claims:
        if (claim.install, claim.attempt) in sessions:
            sessions[claim.install, claim.attempt].add(claim.session)
    return [
        Violation(rule, machine_of[key], f"install {key[0]} attempt {key[1]}: {', '.join(sorted(who))}")
        for key, who in sessions.items()
        if len(who) > 1
    ]


def wrong_machines_stay_untouched(truth: Truth, bodies: Sequence[Body]) -> list[Violation]:
    rule = "a machine that is not who the register says is never written"
    wrong = {body.name: body.oddities & NEVER_RIGHT for body in bodies if body.oddities & NEVER_RIGHT}
    return [
        Violation(rule, write.machine, f"{', '.join(sorted(wrong[write.machine]))}: {write.disk} was written")
        for write in truth.writes
        if write.machine in wrong
    ]


def what_nobody_expects_is_asked_for(truth: Truth) -> list[Violation]:
    """A vendor's data and somebody's system go only after a person was asked about that very disk."""
    rule = "data that the register does not expect is never destroyed unasked"
    return [
        Violation(rule, write.machine, f"{write.disk} held a {write.destroyed} system")
        for write in truth.writes
        if write.destroyed in UNEXPECTED and write.disk not in truth.approved
    ]


def protected_machines_stay_untouched(truth: Truth) -> list[Violation]:
    rule = "no protected machine is written to after its protection was acknowledged"
    return [
        Violation(rule, write.machine, f"{write.disk} was written at {write.at}")
        for write in truth.writes
        if _within(truth.protected, write.machine, write.at)
    ]


def nothing_is_claimed_while_it_is_forbidden(truth: Truth, final: Final) -> list[Violation]:
    """Not while it is protected, nor while the register names another serial than the machine's."""
    rule = "no claim is granted while the register forbids it"
    found: list[Violation] = []
    for claim in final.claims:
        install = final.installs.get(claim.install)
        name = final.hostname(install.machine) if install else ""
        for why, intervals in (("protected", truth.protected), ("another serial", truth.misregistered)):
            if _within(intervals, name, claim.granted_at):
                found.append(Violation(rule, name, f"{why}: claim of {claim.install} at {claim.granted_at}"))
    return found


def nobody_writes_on_after_the_end(truth: Truth, over: Mapping[tuple[str, int], int]) -> list[Violation]:
    """Once it was seen that an install is no longer being written, its session gets no byte and no CONTINUE: the slot
    that is free then is really free, for what still writes somewhere in the dark is stopped at its next contact."""
    rule = "a slot is not free while somebody may have it"
    found: list[Violation] = []
    for granted in truth.granted:
        ended = over.get((granted.install, granted.attempt))
        session = truth.sessions.get(granted.session)
        if ended and session and session.went_on > ended:
            late_ms = (session.went_on - ended) // 1000
            text = f"install {granted.install} attempt {granted.attempt} was over, and {late_ms} ms later it was let on"
            found.append(Violation(rule, granted.machine, text))
    return sorted(set(found), key=lambda one: one.text)


def nobody_is_switched_off_while_it_writes(truth: Truth, final: Final) -> list[Violation]:
    """A power act that the server ordered for a machine whose install had its claim, or was about to. One that a
    slow BMC carried out late counts by when it was told."""
    rule = "no power act between grant and phone-home"
    found: list[Violation] = []
    for act in truth.power:
        state = _state_at(final.of(act.meant), act.at)
        if state in UNTOUCHABLE:
            found.append(Violation(rule, act.meant, f"{act.act} at {act.at} while {state}"))
    return found


def nobody_else_is_switched(truth: Truth, bodies: Sequence[Body]) -> list[Violation]:
    """Where the register has another machine's BMC, and that BMC says whose it is. One that has no inventory and is
    off may be switched on: a setting says so."""
    rule = "no power act at another machine's BMC"
    mute = {body.name for body in bodies if body.has(Oddity.BMC_WITHOUT_FRU)}
    return [
        Violation(rule, act.meant, f"{act.act} at {act.at} reached {act.machine}")
        for act in truth.power
        if act.meant != act.machine and act.machine not in mute
    ]


def _state_at(events: Iterable[EventSeen], at: int) -> str:
    """An event's time lies before its commit, and what follows from it after."""
    state = ""
    for event in events:
        if event.at > at:
            break
        if event.kind.startswith("install_"):
            state = str(event.values.get("state", ""))
    return state


def _within(intervals: Sequence[Interval], machine: str, at: int) -> bool:
    return any(interval.machine == machine and interval.holds(at) for interval in intervals)
