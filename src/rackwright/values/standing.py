"""Why an install waits for its permit or its slot: where it stands in line, and what refuses it."""

from __future__ import annotations

from dataclasses import dataclass

from rackwright.values.limit import Reached


@dataclass(frozen=True, slots=True)
class Standing:
    """`place` counts from 1 among the `of` that wait for the same. `reached` is the limit that refuses it first, None
    when it goes on at the next look. `estimate_s` is about how long, 0 where nobody can say; `silent_s` for how long
    its agent was not heard, 0 while it polls: it is passed over until then."""

    place: int
    of: int
    reached: Reached | None = None
    estimate_s: int = 0
    silent_s: int = 0
