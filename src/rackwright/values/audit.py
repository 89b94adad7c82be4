"""An act of a person as the audit keeps it: who, what, on what, why, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rackwright.values.event import Scalar
from rackwright.values.ids import Id

DONE = "done"
BEGUN = "begun"  # an act of several transactions, whose end has a row of its own
Details = Mapping[str, Scalar | Sequence[str]]


@dataclass(frozen=True, slots=True)
class Told:
    """What an act says of itself. `target` is a hostname, an image's or a token's name, empty for `machines` of
    `details`; `outcome` is `done`, `begun`, or the key of the refusal. `details` hold no secret."""

    target: str = ""
    reason: str = ""
    outcome: str = DONE
    details: Details = field(default_factory=lambda: dict[str, Scalar | Sequence[str]]())


@dataclass(frozen=True, slots=True)
class Audited:
    """One row. `id` orders them; `at` is UTC microseconds; `actor` a token's name; `act` a decide.access.Act."""

    id: Id
    at: int
    actor: str
    act: str
    told: Told


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows: times in UTC microseconds, 0 and empty for any; `before` is the id of the last one read."""

    since: int = 0
    until: int = 0
    actor: str = ""
    act: str = ""
    target: str = ""
    before: str = ""
    limit: int = 100
