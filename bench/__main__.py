"""`python -m bench`: processor time of the machine door per request, and of the reconciler per look, on SQLite and on
PostgreSQL. It only tells."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench import requests
from bench.client import ask_all
from bench.door import Door, running_door, settings_file
from bench.site import Site, fill
from bench.tick import tick_ms
from tests.postgresql import BIN, running_postgresql

AIMS_MS = {"boot answer, not armed": 0.4, "boot answer, armed": 0.4, "progress report": 0.3, "event, durable": 1.0}
DATABASES = ("sqlite", "postgresql")
HEAD = f"{'':26} {'CPU ms':>8} {'x empty':>8} {'aim ms':>7} {'database':>9} {'per s':>7}"


@dataclass(frozen=True, slots=True)
class Measured:
    """Per request, in milliseconds of processor time: the door's, the database's beside it; and how many a second."""

    what: str
    cpu_ms: float
    database_ms: float
    per_s: float


def main() -> None:
    wanted = _arguments()
    for database in [wanted.database] if wanted.database else DATABASES:
        if database == "postgresql" and not (BIN / "postgres").exists():
            _say("PostgreSQL is not installed: left out.")
            continue
        _measure_on(database, wanted.machines, wanted.requests)


class _Wanted(argparse.Namespace):
    machines: int
    requests: int
    database: str | None


def _arguments() -> _Wanted:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--machines", type=int, default=10_000)
    parser.add_argument("--requests", type=int, default=4_000, help="of each kind (default: %(default)s)")
    parser.add_argument("--database", choices=DATABASES, help="only this one")
    return parser.parse_args(namespace=_Wanted())


def _measure_on(database: str, machines: int, number: int) -> None:
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rackwright-bench-")))
        url, postmaster = "", 0
        if database == "postgresql":
            server = stack.enter_context(running_postgresql())
            server.create("bench")
            url = server.url("bench")
            postmaster = int((server.directory / "data" / "postmaster.pid").read_text().split()[0])
        config, port = settings_file(directory, url)
        begun = time.monotonic()
        site = fill(config, machines)
        _say(f"\n{database}, {machines} machines (filled in {time.monotonic() - begun:.0f} s)")
        _say(f"reconciler, one look, {len(site.queued)} in line: {tick_ms(config):.1f} CPU ms")
        door = stack.enter_context(running_door(config, port, postmaster))
        events = requests.Events(site.writing)
        aims = 2.0 if database == "postgresql" else 1.0
        for close in (False, True):
            _say(f"{'one connection per request' if close else 'keep-alive':26}\n{HEAD}")
            base = 0.0
            for one in _measure(door, site, events, number, close):
                base = base or one.cpu_ms
                aim = f"{AIMS_MS[one.what] * aims:7.1f}" if one.what in AIMS_MS else f"{'':7}"
                beside = f"{one.database_ms:9.3f}" if postmaster else f"{'':9}"
                _say(f"{one.what:26} {one.cpu_ms:8.3f} {one.cpu_ms / base:8.1f} {aim} {beside} {one.per_s:7.0f}")


def _measure(door: Door, site: Site, events: requests.Events, number: int, close: bool) -> Iterator[Measured]:
    """Each kind a little to warm up, then in earnest. A start is proven only once for each machine."""
    half = len(site.starting) // 2
    starting = site.starting[half:] if close else site.starting[:half]
    kinds: dict[str, Callable[[int], requests.Lanes]] = {
        "empty route": lambda n: requests.empty(n, close),
        "boot answer, not armed": lambda n: requests.boots(site.settled, n, close),
        "boot answer, armed": lambda n: requests.boots(site.armed, n, close),
        "progress report": lambda n: requests.progress(site.writing, n, close),
        "event, durable": lambda n: events.take(n, close),
    }
    for what, make in kinds.items():
        ask_all(door.port, make(max(number // 10, 1)), not close)
        yield _one(door, what, make(number), close)
    yield _one(door, "boot that proves a start", requests.boots(starting, len(starting), close), close)


def _one(door: Door, what: str, lanes: requests.Lanes, close: bool) -> Measured:
    """The door flushes what it saw once a second: that is waited for, it is part of what a request costs."""
    cpu, database, begun = door.cpu_s(), door.database_cpu_s(), time.monotonic()
    answered = ask_all(door.port, lanes, not close)
    took = time.monotonic() - begun
    time.sleep(1.5)
    cpu, database = door.cpu_s() - cpu, door.database_cpu_s() - database
    return Measured(what, cpu / answered * 1000, database / answered * 1000, answered / took)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
