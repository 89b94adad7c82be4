"""A rule that did not hold, and for which machine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Violation:
    """`machine` is a hostname or a machine's id, empty where it is about none in particular."""

    rule: str
    machine: str
    text: str
