"""What a run says: while it goes on, and at its end. Text only; it judges nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fleet.checks_of_limits import most_that_came_back
from fleet.machine import phases
from fleet.run import Run, Verdict, latest_by_name
from fleet.violation import Violation

SHOWN = 12  # violations with their timelines
TOLD_OF_ONE = 1500


def one_line(run: Run) -> str:
    states = _counted({i.state: 0 for i in run.latest().values()} | _states(run))
    return (
        f"{run.left_s:4.0f} s left{' (calm)' if run.calm else ''} | installs: {states} | "
        f"machines: {_counted(phases(run.machines))} | faults {sum(run.truth.faults.values())}, "
        f"kills {sum(run.truth.kills.values())}, requests {run.truth.requests}"
    )


def tables(run: Run) -> list[tuple[str, Mapping[str, object]]]:
    """The live view's columns: a title and its figures."""
    truth = run.truth
    about = {
        "seconds left": f"{run.left_s:.0f}", "phase": "calm" if run.calm else "trouble", "requests": truth.requests,
        "samples": run.watch.samples, "kills": sum(truth.kills.values()), "violations": len(run.watch.violations),
    }  # fmt: skip
    return [
        ("Run", about), ("Installs", _states(run)), ("Machines", phases(run.machines)),
        ("Faults", dict(truth.faults.most_common())), ("Operator", dict(truth.acts.most_common(14))),
    ]  # fmt: skip


def ending(verdict: Verdict) -> str:
    return "\n".join(_ending(verdict))


def figures(verdict: Verdict) -> dict[str, Any]:
    """For --json."""
    plan, truth = verdict.plan, verdict.truth
    return {
        "machines": plan.machines, "seed": plan.seed, "faults": plan.faults, "processes": plan.processes,
        "database": "postgresql" if plan.database else "sqlite", "wall_s": round(verdict.wall_s, 1),
        "states": verdict.states(), "built": verdict.oddities, "injected": dict(truth.faults),
        "kills": dict(truth.kills), "acts": dict(truth.acts), "requests": truth.requests,
        "samples": verdict.watch.samples, "most_permits": verdict.watch.most_permits,
        "most_slots": verdict.watch.most_slots,
        "came_back": most_that_came_back(verdict.watch.exceeded, verdict.final), "claims": len(verdict.final.claims), "writes": len(truth.writes),
        "events": sum(len(events) for events in verdict.final.events.values()),
        "violations": [{"rule": v.rule, "machine": v.machine, "text": v.text} for v in verdict.violations],
    }  # fmt: skip


def _ending(verdict: Verdict) -> Iterator[str]:
    plan, truth = verdict.plan, verdict.truth
    yield from _violations(verdict)
    yield f"Machines:  {plan.machines} registered, seed {plan.seed}, faults {plan.faults}: {_counted(verdict.states())}"
    yield f"Built:     {_counted(verdict.oddities) or 'as they should be'}"
    yield f"Injected:  {_counted(truth.faults) or 'nothing'}"
    yield f"Kills:     {_counted(truth.kills) or 'none'}"
    yield f"Operator:  {_counted(truth.acts) or 'armed all, and that was it'}"
    yield (
        f"Server:    {truth.requests} requests, {len(verdict.final.claims)} claims, {len(truth.writes)} writes, at most "
        f"{verdict.watch.most_permits} permits and {verdict.watch.most_slots} slots out in {verdict.watch.samples} samples"
    )
    if came_back := most_that_came_back(verdict.watch.exceeded, verdict.final):
        yield f"           (up to {came_back} of the permits were taken by machines that booted again out of the line)"
    yield f"Wall time: {verdict.wall_s:.0f} s"
    count = len(verdict.violations)
    yield "Every invariant held." if not count else f"{count} violations. Find them again with --seed {plan.seed}."


def _violations(verdict: Verdict) -> Iterator[str]:
    by_rule: dict[str, list[Violation]] = {}
    for violation in verdict.violations:
        by_rule.setdefault(violation.rule, []).append(violation)
    for rule, found in by_rule.items():
        yield f"VIOLATED: {rule} ({len(found)})"
        for violation in found[:SHOWN]:
            yield f"  {violation.machine or '-'}: {violation.text[:TOLD_OF_ONE]}"
    told: set[str] = set()
    for violation in verdict.violations:
        if violation.machine and violation.machine not in told and len(told) < SHOWN:
            told.add(violation.machine)
            yield from _timeline(verdict, violation.machine)


def _timeline(verdict: Verdict, machine: str) -> Iterator[str]:
    yield f"Timeline of {machine} (seed {verdict.plan.seed}):"
    body = next((body for body in verdict.bodies if body.name == machine), None)
    if body:
        yield f"  built: {', '.join(sorted(body.oddities)) or 'as it should be'}"
    install = latest_by_name(verdict.final).get(machine)
    if install:
        yield f"  latest install {install.id}: {install.state}, attempt {install.attempt}, cause {install.cause}"
    truth = verdict.truth
    lines = [(e.at, f"#{e.seq} {e.kind} {e.values} {e.actor} {e.install[-6:]}") for e in verdict.final.of(machine)]
    lines += [
        (w.at, f"** wrote {w.disk} for {w.install[-6:]}/{w.attempt}") for w in truth.writes if w.machine == machine
    ]
    lines += [(p.at, f"** phoned home for {p.install[-6:]}/{p.attempt}") for p in truth.phoned if p.machine == machine]
    lines += [
        (p.at, f"** {p.act} meant for {p.meant} at the BMC of {p.machine}")
        for p in truth.power
        if machine in (p.meant, p.machine)
    ]
    for at, line in sorted(lines):
        yield f"  {at / 1e6:.3f} {line[:300]}"


def _states(run: Run) -> dict[str, int]:
    counted: dict[str, int] = {}
    for install in run.latest().values():
        counted[install.state] = counted.get(install.state, 0) + 1
    return counted


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in sorted(counts.items(), key=lambda item: -item[1]))
