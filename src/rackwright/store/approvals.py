"""A person's word that what a disk holds may go: one machine, one disk, exactly this content."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import delete, insert, select

from rackwright.store import schema
from rackwright.store.store import Tx

a = schema.approval


@dataclass(frozen=True, slots=True)
class Approval:
    """`disk` is the disk's own name, `fingerprint` what it held; `at` in UTC microseconds."""

    site: str
    machine: str
    disk: str
    fingerprint: str
    by: str
    reason: str
    at: int


def put(tx: Tx, approval: Approval) -> None:
    """The machine is locked. The same word given again is the newer one's."""
    here = (a.c.site == approval.site, a.c.machine == approval.machine, a.c.disk == approval.disk)
    tx.execute(delete(a).where(*here, a.c.fingerprint == approval.fingerprint))
    tx.execute(insert(a).values(**asdict(approval)))


def fingerprints(tx: Tx, site: str, machine: str, disk: str) -> frozenset[str]:
    """Everything that was approved for this disk in this machine and not used up yet."""
    query = select(a.c.fingerprint).where(a.c.site == site, a.c.machine == machine, a.c.disk == disk)
    return frozenset(tx.execute(query).scalars())


def use_up(tx: Tx, site: str, machine: str) -> None:
    """A claim was granted, and what the disks held is gone; or another install begins, of which nobody has said a word."""
    tx.execute(delete(a).where(a.c.site == site, a.c.machine == machine))
