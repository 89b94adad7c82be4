"""Durable effects: leased, carried out in a bounded pool, re-checked before each act, verified, and noted."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

import structlog

from rackwright.app.context import Context
from rackwright.ports import Bmc, Hook, Liveness
from rackwright.store import effects
from rackwright.store.effects import Effect
from rackwright.store.store import Store
from rackwright.values.errors import Transient
from rackwright.values.machine import BmcType
from rackwright.work.in_hand import LEASE_US
from rackwright.work.power import Patience
from rackwright.work.start_machine import StartMachine

log = structlog.get_logger()
AT_ONCE = 32


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
        self._start = StartMachine(store, context, drivers, liveness, hook, now, patience or Patience())
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="effect")
        self._room = threading.Semaphore(AT_ONCE)

    def run_due(self) -> None:
        """Leases as many due effects as there are free workers, and hands them over. Does not wait for them."""
        free = 0
        while free < AT_ONCE and self._room.acquire(blocking=False):
            free += 1
        try:
            now = self._now()
            taken = (
                self._store.write(
                    lambda tx: effects.lease_due(tx, self._context.site, now, now + LEASE_US, self._holder, free)
                )
                if free
                else []
            )
        except Transient:
            taken = []
        for effect in taken:
            self._pool.submit(self._carry_out, effect)
        for _ in range(free - len(taken)):
            self._room.release()

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
