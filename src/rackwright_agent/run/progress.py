"""How far the running step is: written by the thread that works, read by the one that polls."""

from __future__ import annotations

import threading
import time
from collections import deque

from rackwright_wire.messages import Progress

_WINDOW_S = 6.0


class ProgressMeter:
    """Keeps the last seconds' figures, so that the rate is the present one and not the average."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._step = ""
        self._total = 0
        self._seen: deque[tuple[float, int]] = deque()

    def begin(self, step: str, total_bytes: int = 0) -> None:
        """Starts a step; without a total only its name is shown."""
        with self._lock:
            self._step, self._total = step, total_bytes
            self._seen = deque([(time.monotonic(), 0)])

    def end(self) -> None:
        with self._lock:
            self._step = ""

    def reached(self, done_bytes: int) -> None:
        now = time.monotonic()
        with self._lock:
            self._seen.append((now, done_bytes))
            while len(self._seen) > 2 and now - self._seen[1][0] > _WINDOW_S:
                self._seen.popleft()

    def read(self) -> Progress | None:
        """None when no step runs."""
        with self._lock:
            if not self._step:
                return None
            (t0, b0), (_, b1) = self._seen[0], self._seen[-1]
            # Until now, not until the last block: a stalled disk must show as a falling rate.
            elapsed = time.monotonic() - t0
            rate = int((b1 - b0) / elapsed) if elapsed > 0.2 else 0
            return Progress(self._step, b1, self._total, rate)


def line(progress: Progress) -> str:
    """`write_image: 34 % of 1500 MB, 38.2 MB/s`"""
    if not progress.total_bytes:
        return progress.step
    percent = 100 * progress.done_bytes // progress.total_bytes
    return f"{progress.step}: {percent} % of {progress.total_bytes / 1e6:.0f} MB, {progress.bytes_per_s / 1e6:.1f} MB/s"
