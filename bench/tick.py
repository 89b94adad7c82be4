"""Processor time of one look of the reconciler at a site where thousands wait in line and every limit is reached."""

from __future__ import annotations

import time
from pathlib import Path

from rackwright.settings import read_settings
from rackwright.wiring import now_us, wire
from rackwright.work.reconciler import Reconciler

LOOKS = 50


def tick_ms(config: Path) -> float:
    """Milliseconds of this process for each look, its writer thread's included; the database's own are not."""
    wired = wire(read_settings(config))
    reconciler = Reconciler(wired.store, wired.context, now_us)
    for _ in range(3):
        reconciler.tick()
    begun = time.process_time()
    for _ in range(LOOKS):
        reconciler.tick()
    spent = time.process_time() - begun
    wired.store.close()
    return spent / LOOKS * 1000
