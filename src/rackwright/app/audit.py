"""Writes acts into the audit, bounded, and reads them in words. It never changes a row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from rackwright.decide.access import Act
from rackwright.store import audit
from rackwright.store.store import Tx
from rackwright.values.audit import Audited, Details, Told, Wanted
from rackwright.values.event import Scalar
from rackwright.values.ids import new_id
from rackwright.words import say, texts

MOST_NAMES: Final = 50  # of the machines of one act; each machine's timeline has its own event besides
MOST_DETAILS: Final = 20
LONGEST: Final = 1000  # characters of one text
NONE_ALLOWED: Final = "none_allowed"


@dataclass(frozen=True, slots=True)
class AuditLine:
    """`at` in UTC microseconds. `text` is what came of it, in words; `values` its counts and names."""

    id: str
    at: int
    actor: str
    act: str
    target: str
    reason: str
    outcome: str
    text: str
    values: dict[str, Scalar | list[str]]


@dataclass(frozen=True, slots=True)
class AuditPage:
    """`next` is what to give for `before`; empty at the end."""

    acts: list[AuditLine]
    next: str


def put_down(tx: Tx, now: int, site: str, actor: str, act: Act, told: Told) -> None:
    """Adds the row of an act: in the act's own transaction, so that both are there or neither is."""
    bounded = Told(told.target[:LONGEST], told.reason[:LONGEST], told.outcome[:LONGEST], _bounded(told.details))
    audit.append(tx, site, Audited(new_id(), now, actor, act.value, bounded))


def of_machines(names: Sequence[str], reason: str = "", details: Details | None = None) -> Told:
    """An act on these machines, of whom the first are listed."""
    said = dict(details or {})
    if len(names) == 1:
        return Told(names[0], reason, details=said)
    return Told("", reason, details={**said, "machines": len(names), "names": list(names[:MOST_NAMES])})


def asked_for(names: Sequence[str], where: Mapping[str, str], reason: str) -> Told:
    """An act on machines that was refused before it was known which they are."""
    conditions = ", ".join(f"{name}={value}" for name, value in where.items())
    if conditions and not names:
        return Told("", reason, details={"where": conditions})
    return of_machines(names, reason, {"where": conditions} if conditions else None)


def refused(told: Told, keys: Iterable[str], values: Details | None = None) -> Told:
    """An act that was done to nobody, for the reasons with these keys: the one reason, or that there are several."""
    outcomes = sorted(set(keys))
    outcome = outcomes[0] if len(outcomes) == 1 else NONE_ALLOWED
    return replace(told, outcome=outcome, details={**told.details, **(values or {})})


def read_audit(tx: Tx, site: str, language: str, wanted: Wanted) -> AuditPage:
    found = audit.read(tx, site, wanted)
    lines = [_line(language, row) for row in found]
    return AuditPage(lines, lines[-1].id if len(lines) == wanted.limit else "")


def _line(language: str, row: Audited) -> AuditLine:
    told = row.told
    many = told.details.get("machines")
    return AuditLine(
        id=row.id,
        at=row.at,
        actor=row.actor,
        act=row.act,
        target=told.target or (say(language, "audit_machines", {"count": many}) if many is not None else ""),
        reason=told.reason,
        outcome=told.outcome,
        text=_in_words(language, told),
        values={name: _plain(value) for name, value in told.details.items()},
    )


def _in_words(language: str, told: Told) -> str:
    own = f"audit_{told.outcome}"
    return say(language, own if own in texts(language) else told.outcome, told.details).strip()


def _bounded(details: Details) -> Details:
    return {name: _short(value) for name, value in list(details.items())[:MOST_DETAILS]}


def _short(value: Scalar | Sequence[str]) -> Scalar | Sequence[str]:
    match value:
        case str():
            return value[:LONGEST]
        case None | bool() | int() | float():
            return value
        case _:
            return [one[:LONGEST] for one in value[:MOST_NAMES]]


def _plain(value: Scalar | Sequence[str]) -> Scalar | list[str]:
    return value if value is None or isinstance(value, str | bool | int | float) else list(value)
