"""Durable effects: leased, carried out in a bounded pool, re-checked before each act, verified, and noted."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

import structlog

from rackwright.app.context import Context
from rackwright.app.limits import limits_now
from rackwright.ports import Bmc, Hook, Liveness
from rackwright.store import effects, ticks
from rackwright.store.effects import Effect
from rackwright.store.store import Store, Tx
from rackwright.values.errors import Transient
from rackwright.values.machine import BmcType
from rackwright.work.power import Patience
from rackwright.work.start_machine import StartMachine

log = structlog.get_logger()
THREADS = 128  # of one process; how many are at work is the site's limit


class EffectRunner:
    """One process's. `holder` names it: another process takes over only when the lease has run out."""

    def __init__(
        self,
        store: Store,
        context: Context,
        drivers: Mapping[BmcType, Bmc],
        liveness: Liveness,
        hook: Hook | None,
        now: Callable[[], int],
        holder: str,
        patience: Patience | None = None,
    ) -> None:
        self._store, self._context, self._now, self._holder = store, context, now, holder
        patience = patience or Patience()
        self._lease_us = patience.lease_us
        self._start = StartMachine(store, context, drivers, liveness, hook, now, patience)
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="effect")
        self._room = threading.Semaphore(THREADS)

    def run_due(self) -> None:
        """Leases as many due effects as the site's limit leaves and hands them over. Does not wait for them."""
        free = 0
        while free < THREADS and self._room.acquire(blocking=False):
            free += 1
        try:
            now = self._now()
            taken = self._store.write(lambda tx: self._lease(tx, now, free)) if free else []
        except Transient:
            taken = []
        for effect in taken:
            self._pool.submit(self._carry_out, effect)
        for _ in range(free - len(taken)):
            self._room.release()

    def _lease(self, tx: Tx, now: int, free: int) -> list[Effect]:
        """Under the site's lock: what is free is counted over all processes."""
        site = self._context.site
        ticks.last(tx, site)
        places = limits_now(tx, self._context).bmc_actions
        return effects.lease_due(tx, site, now, now + self._lease_us, self._holder, free, places)

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)

    def _carry_out(self, effect: Effect) -> None:
        try:
            self._start.carry_out(effect)
        except Transient as error:
            log.warning("effect_put_off", effect=effect.id, machine=effect.machine, error=str(error))
        except Exception:
            # A bug crashes its job, not the process; the lease runs out and the effect is tried again.
            log.exception("effect_crashed", effect=effect.id, machine=effect.machine)
        finally:
            self._room.release()
