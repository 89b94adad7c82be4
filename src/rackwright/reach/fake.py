"""The Liveness and Hook ports in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rackwright.ports import Answered, How
from rackwright.values.errors import OperatorMustFix, Transient
from rackwright.values.hook import Agrees, Question, Refuses


@dataclass(slots=True)
class FakeLiveness:
    """Addresses that answer, and how; `forbidden`: this host may not ask. `asked` tells every address that was asked."""

    answers: dict[str, How] = field(default_factory=dict[str, How])
    forbidden: bool = False
    asked: list[str] = field(default_factory=list[str])

    def alive(self, addresses: Sequence[str]) -> Answered | None:
        if self.forbidden:
            raise OperatorMustFix("ping_not_allowed", error="Operation not permitted")
        self.asked += addresses
        return next((Answered(a, self.answers[a]) for a in addresses if a in self.answers), None)


@dataclass(slots=True)
class FakeHook:
    """Agrees, or refuses with a reason by hostname; `silent` gives no answer."""

    refusals: Mapping[str, str] = field(default_factory=dict[str, str])
    silent: bool = False
    asked: list[Question] = field(default_factory=list[Question])

    def ask(self, question: Question) -> Agrees | Refuses:
        self.asked.append(question)
        if self.silent:
            raise Transient("hook_no_answer", said="no answer")
        reason = self.refusals.get(question.hostname)
        return Agrees() if reason is None else Refuses(reason)
