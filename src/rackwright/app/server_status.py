"""Request: the server's figures of one site. Reads only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version

from rackwright.store import images, installs, machines, ticks
from rackwright.store.store import Tx
from rackwright.values.install import State


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """`installs` are live ones; `waiting` are those that wait for a permit or a slot;
    `reconciled_at` is when the reconciler last looked, UTC microseconds."""

    version: str
    machines: int
    installs: Mapping[State, int]
    waiting: int
    images: int
    reconciled_at: int


def server_status(tx: Tx, site: str) -> ServerStatus:
    counts = installs.counts(tx, site)
    return ServerStatus(
        version=version("rackwright"),
        machines=machines.count(tx, site),
        installs=counts,
        waiting=counts.get(State.QUEUED, 0) + counts.get(State.WAITING, 0),
        images=images.count(tx),
        reconciled_at=ticks.seen(tx, site),
    )
