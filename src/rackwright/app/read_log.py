"""A machine's timeline, put into words on reading."""

from __future__ import annotations

from dataclasses import dataclass

from rackwright.app.context import Context
from rackwright.store import events, machines
from rackwright.store.store import Tx
from rackwright.values.errors import NotFound
from rackwright.values.event import Values
from rackwright.words import say, why, with_error
from rackwright.words.steps import step


@dataclass(frozen=True, slots=True)
class LogLine:
    """`at` is UTC microseconds; `values` are the event's own, `text` its sentence."""

    seq: int
    at: int
    kind: str
    text: str
    values: Values
    actor: str
    install: str


def read_log(tx: Tx, context: Context, language: str, name: str, after: int, limit: int) -> list[LogLine]:
    """Events after a seq, oldest first. Raises NotFound for an unknown machine."""
    machine = machines.by_name(tx, context.site, name)
    if machine is None:
        raise NotFound("machine_unknown", name=name)
    lines: list[LogLine] = []
    for event in events.of_machine(tx, context.site, machine.id, after, limit):
        values = dict(with_error(language, event.values))
        if "step" in values:
            values["step"] = step(language, str(values["step"]))
        if "key" in values:
            values["cause"] = why(language, event.values)
        if event.kind == "claim_denied":
            values["why"] = say(language, str(values["why"]), {})
        text = say(language, f"event_{event.kind}", values)
        lines.append(LogLine(event.seq, event.at, event.kind, text, event.values, event.actor, event.install))
    return lines
