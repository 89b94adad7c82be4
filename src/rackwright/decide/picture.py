"""All that is known of one machine when somebody asks why it stands where it does. Values only; it decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rackwright.values.event import Scalar, Values
from rackwright.values.install import Install
from rackwright.values.machine import Machine
from rackwright.values.standing import Standing


@dataclass(frozen=True, slots=True)
class Seen:
    """The last sighting of a kind. Times are UTC microseconds; `moved_at` is when its amount last grew."""

    kind: str
    at: int
    moved_at: int
    values: Values


@dataclass(frozen=True, slots=True)
class PowerAct:
    """The start that is to be carried out: from when, after how many tries, whether somebody is at it now, and the
    values of what the BMC said last, or of the pre-install hook's silence where that came last."""

    due_at: int
    tries: int = 0
    under_way: bool = False
    said: Values = field(default_factory=lambda: dict[str, Scalar]())
    hook_silent: Values = field(default_factory=lambda: dict[str, Scalar]())


@dataclass(frozen=True, slots=True)
class Stranger:
    """A machine that the register does not know and that booted since this one's power-on."""

    mac: str
    serial: str
    address: str
    at: int


@dataclass(frozen=True, slots=True)
class Picture:
    """`ambiguous` is a boot request since the power-on that fits several machines, empty for none. `dhcp_is_ours`
    says whether this server hands out the leases. `ticked_at` is when the reconciler last looked."""

    machine: Machine
    install: Install | None
    now: int
    seen: Mapping[str, Seen] = field(default_factory=lambda: dict[str, Seen]())
    power: PowerAct | None = None
    line: Standing | None = None
    stranger: Stranger | None = None
    ambiguous: Values = field(default_factory=lambda: dict[str, Scalar]())
    dhcp_is_ours: bool = True
    ticked_at: int = 0
    stall_s: int = 600
    lost_contact_s: int = 90
