"""Reads the server's database as it is: samples while it runs, everything at the end. Never writes."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select

from fleet.seen import ClaimSeen, EventSeen, Final, InstallSeen, MachineSeen, Sample
from fleet.truth import now_us
from rackwright.store import schema
from rackwright.store.engine import is_sqlite, open_engine


class Observer:
    """Every read is one transaction that sees one moment."""

    def __init__(self, url: str, permits: int, slots: int, of_rack: int) -> None:
        engine = open_engine(url)
        self._engine = engine if is_sqlite(engine) else engine.execution_options(isolation_level="REPEATABLE READ")
        self._sqlite = is_sqlite(engine)
        self._permits, self._slots, self._of_rack = permits, slots, of_rack

    def sample(self) -> Sample:
        begun = now_us()
        with self._engine.connect() as tx:
            self._begin(tx)
            found = tuple(_install(row) for row in tx.execute(select(schema.install)).mappings())
            limits = {
                (row["scope"], row["resource"]): row["value"] for row in tx.execute(select(schema.limit)).mappings()
            }
            tx.rollback()
        permits = limits.get(("site", "starts"), self._permits)
        return Sample(begun, now_us(), found, permits, limits.get(("site", "writes"), self._slots), self._of_rack)

    def final(self) -> Final:
        with self._engine.connect() as tx:
            self._begin(tx)
            machines = [_machine(row) for row in tx.execute(select(schema.machine)).mappings()]
            installs = [_install(row) for row in tx.execute(select(schema.install)).mappings()]
            claims = [_claim(row) for row in tx.execute(select(schema.claim)).mappings()]
            events: dict[str, list[EventSeen]] = {}
            for row in tx.execute(select(schema.event).order_by(schema.event.c.seq)).mappings():
                events.setdefault(row["machine"], []).append(_event(row))
            tx.rollback()
        return Final(
            at=now_us(), machines={machine.hostname: machine for machine in machines},
            installs={install.id: install for install in installs}, claims=tuple(claims),
            events={machine: tuple(found) for machine, found in events.items()},
        )  # fmt: skip

    def close(self) -> None:
        self._engine.dispose()

    def _begin(self, tx: Any) -> None:
        """SQLite's connections are in autocommit: without BEGIN each select would see its own moment."""
        if self._sqlite:
            tx.exec_driver_sql("BEGIN")


def _install(row: Any) -> InstallSeen:
    return InstallSeen(
        id=row["id"], machine=row["machine"], state=row["state"], attempt=row["attempt"], claimed=bool(row["claimed"]),
        live=bool(row["live"]), session=row["session"], since=row["since"], deadline=row["deadline"],
        image=row["image"], cause=_json(row["cause"]), disk_serial=row["disk_serial"],
    )  # fmt: skip


def _machine(row: Any) -> MachineSeen:
    return MachineSeen(
        id=row["id"], hostname=row["hostname"], protected=bool(row["protected"]), service=row["service"],
        runs_os=row["runs_os"], runs_image=row["runs_image"], runs_at=row["runs_at"],
    )  # fmt: skip


def _claim(row: Any) -> ClaimSeen:
    scope: dict[str, list[dict[str, str]]] = json.loads(row["scope"])
    disks = tuple(disk["serial"] for disk in scope["disks"])
    return ClaimSeen(row["install"], row["attempt"], row["session"], disks, row["granted_at"])


def _event(row: Any) -> EventSeen:
    return EventSeen(
        row["seq"], row["at"], row["install"], row["kind"], _json(row["values"]), row["actor"], row["session"],
        row["session_seq"],
    )  # fmt: skip


def _json(text: str) -> dict[str, Any]:
    return json.loads(text) if text else {}
