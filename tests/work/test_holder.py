"""A work process that was killed leaves its leases to whoever starts after it, at once."""

from __future__ import annotations

import os
import subprocess

from rackwright.store import effects
from rackwright.wiring import take_over
from rackwright.work.holder import gone, holder_of
from tests.story import SITE, Site


def a_dead_process() -> int:
    ended = subprocess.Popen(["true"])
    ended.wait()
    return ended.pid


def test_only_processes_of_this_host_that_ended_are_gone() -> None:
    dead = holder_of(a_dead_process())
    others = ["another-host:4026531836:1", "work", "", holder_of(os.getpid()), holder_of(1)]
    assert gone([dead, *others]) == [dead]


def test_what_a_dead_process_held_is_due_again_at_once(site: Site) -> None:
    site.tick()
    (held,) = site.lease(holder_of(a_dead_process()))
    assert site.lease("work") == []
    site.store.write(lambda tx: take_over(tx, SITE, holder_of(os.getpid())))
    assert [one.id for one in site.lease("work")] == [held.id]


def test_what_a_living_process_holds_stays_with_it(site: Site) -> None:
    site.tick()
    site.lease(holder_of(os.getpid()))
    site.store.write(lambda tx: take_over(tx, SITE, "work"))
    assert site.lease("work") == []
    assert site.store.read(lambda tx: effects.holders(tx, SITE)) == [holder_of(os.getpid())]
