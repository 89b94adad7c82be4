"""Where an install stands in line, and about how long it will wait: the same value for lists, consoles and reasons."""

from __future__ import annotations

from dataclasses import dataclass

from rackwright.decide.admit import Held, refuses_start, refuses_write
from rackwright.decide.limits import Limits
from rackwright.decide.pace import Pace
from rackwright.values.install import State
from rackwright.values.limit import Over, Reached, Resource
from rackwright.values.standing import Standing


@dataclass(frozen=True, slots=True)
class Line:
    """Where one stands: its place among the `of` of its state, and among those of its rack and its network."""

    place: int
    of: int
    rack: str = ""
    network: str = ""
    of_rack: int = 0
    of_network: int = 0


def decide_standing(state: State, line: Line, limits: Limits, held: Held, pace: Pace, silent_s: int = 0) -> Standing:
    """For one that is queued or waits to write. `silent_s` is how long ago its agent was heard, 0 unless it is lost."""
    if silent_s:
        return Standing(line.place, line.of, silent_s=silent_s)
    if state is State.QUEUED:
        reached = refuses_start(limits, held, line.rack, line.network)
    else:
        reached = refuses_write(limits, held)
    return Standing(line.place, line.of, reached, _estimate_s(reached, line, pace))


def _estimate_s(reached: Reached | None, line: Line, pace: Pace) -> int:
    """So many are out at a time and each stays for so long: its turn comes after its place's share of that."""
    if reached is None or reached.value == 0:
        return 0
    stays = {Resource.STARTS: pace.start_s, Resource.POWER: pace.power_s, Resource.WRITES: pace.write_s}
    stay_s = stays.get(reached.resource, 0)
    if not stay_s:
        return 0
    places = {Over.SITE: line.place, Over.RACK: line.of_rack, Over.NETWORK: line.of_network}
    return max(1, places[reached.scope.over] * stay_s // reached.value)
