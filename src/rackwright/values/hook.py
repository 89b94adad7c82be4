"""What the operators' own pre-install hook is asked, and what it may answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Question:
    """May this machine be installed now? No secret is in it. The same attempt may be asked about more than once."""

    site: str
    hostname: str
    serial: str
    rack: str
    os: str
    image: str
    profile: str
    reason: str
    armed_by: str
    attempt: int
    reinstall: bool
    owner: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Agrees:
    pass


@dataclass(frozen=True, slots=True)
class Refuses:
    """`reason` is one bounded line."""

    reason: str
