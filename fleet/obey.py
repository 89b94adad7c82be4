"""What an agent does with an order: the rules of the real one, as a pure decision. Nothing is written without a yes."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from typing import assert_never

from rackwright_wire.messages import Act, Claimed, DiskName, Order, WritePlan


@dataclass(frozen=True, slots=True)
class Memory:
    """What one boot remembers: whether it was stopped for good, and which claims it has used up."""

    stopped: bool = False
    claimed: frozenset[str] = frozenset()

    def after_stop(self) -> Memory:
        return replace(self, stopped=True)

    def after_claim(self, key: str) -> Memory:
        return replace(self, claimed=self.claimed | {key})


class Do(enum.Enum):
    GO_ON = "go on"  # ask again when the next poll is due
    JOIN = "join"
    CLAIM = "claim"
    STOP = "stop"
    REBOOT = "reboot"


def obey(memory: Memory, order: Order, writing: bool) -> Do:
    """A boot that was stopped does nothing more than reboot, whatever it is told later."""
    if memory.stopped and order.act not in (Act.STOP, Act.REBOOT):
        return Do.GO_ON
    match order.act:
        case Act.IDLE | Act.WAIT | Act.CONTINUE:
            return Do.GO_ON
        case Act.INSPECT:
            return Do.GO_ON if writing else Do.JOIN
        case Act.CLAIM:
            return Do.CLAIM if _may_claim(memory, order, writing) else Do.GO_ON
        case Act.STOP:
            return Do.STOP
        case Act.REBOOT:
            return Do.REBOOT
        case _:
            assert_never(order.act)


def key_of(order: Order) -> str:
    return f"{order.install}/{order.attempt}"


def _may_claim(memory: Memory, order: Order, writing: bool) -> bool:
    whole = order.disk is not None and order.install != ""
    return whole and not writing and key_of(order) not in memory.claimed


def plan_to_write(asked: DiskName, claimed: Claimed) -> WritePlan | None:
    """The plan that a yes carries, if it names the very disk that was asked for."""
    plan = claimed.plan
    if not claimed.granted or plan is None or plan.disk != asked:
        return None
    return plan
