"""What every use case relies on: a write is whole, alone, durable before its answer, and refused when it cannot be."""

from __future__ import annotations

import multiprocessing
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.exc import IntegrityError

from rackwright.store import installs, machines, schema
from rackwright.store import store as store_module
from rackwright.store.engine import is_sqlite
from rackwright.store.store import Store, Tx
from rackwright.values.errors import OperatorMustFix, Transient
from rackwright.values.install import State
from rackwright.values.machine import Machine
from tests.builders import SITE, install, machine


def put(named: str):
    """A job that adds a machine."""
    made = machine().named(named).build()
    return lambda tx: machines.put(tx, made)


def hostnames(store: Store) -> set[str]:
    return {found.hostname for found in store.read(lambda tx: machines.everyone(tx, SITE))}


@contextmanager
def writer_held(store: Store) -> Iterator[None]:
    """Keeps every writer thread inside a job, so that what comes meanwhile has to queue."""
    threads = 1 if is_sqlite(store.engine) else 4
    inside, release = threading.Semaphore(0), threading.Event()

    def hold(_: Tx) -> None:
        inside.release()
        release.wait(20)

    held = []
    for _ in range(threads):
        held.append(store.submit(hold))
        assert inside.acquire(timeout=20)
    try:
        yield
    finally:
        release.set()
        wait_for(held, 20)


def test_a_write_is_there_when_its_answer_comes(store: Store) -> None:
    store.write(put("web01"))
    other = Store(str(store.engine.url)) if is_sqlite(store.engine) else store
    assert hostnames(other) == {"web01"}
    if other is not store:
        other.close()


def test_a_failing_job_takes_nothing_with_it(store: Store) -> None:
    def fail(tx: Tx) -> None:
        put("half")(tx)
        raise OperatorMustFix("no")

    with writer_held(store):
        jobs = [store.submit(put("web01")), store.submit(fail), store.submit(put("web02"))]
    jobs[0].result(20)
    with pytest.raises(OperatorMustFix):
        jobs[1].result(20)
    jobs[2].result(20)
    assert hostnames(store) == {"web01", "web02"}


def test_a_bug_reaches_its_caller_and_the_writer_lives_on(store: Store) -> None:
    with pytest.raises(ZeroDivisionError):
        store.write(lambda _: 1 / 0)
    store.write(put("web01"))
    assert hostnames(store) == {"web01"}


def test_who_stops_waiting_for_its_write_does_not_end_the_writer(store: Store) -> None:
    with writer_held(store):
        given_up = store.submit(put("web01"))
        assert given_up.cancel()
        other = store.submit(put("web02"))
    other.result(20)
    store.submit(put("web03")).result(20)
    assert hostnames(store) == {"web02", "web03"}


def test_a_job_that_breaks_a_rule_of_the_schema_takes_nothing_with_it(store: Store) -> None:
    store.write(put("web01"))
    with writer_held(store):
        jobs = [store.submit(put("web02")), store.submit(put("web01")), store.submit(put("web03"))]
    with pytest.raises(IntegrityError):
        jobs[1].result(20)
    wait_for(jobs, 20)
    assert hostnames(store) == {"web01", "web02", "web03"}


def test_an_error_of_the_database_says_nothing_of_the_values(store: Store) -> None:
    made = machine().named("web01").having(owner="CANARY").build()
    store.write(lambda tx: machines.put(tx, made))
    again = machine().named("web01").having(owner="CANARY").build()
    with pytest.raises(IntegrityError) as raised:
        store.write(lambda tx: machines.put(tx, again))
    assert "CANARY" not in str(raised.value)


def test_sqlite_commits_a_group_at_once(sqlite_store: Store) -> None:
    said: list[str] = []

    def listen(connection: sqlite3.Connection, *_rest: object) -> None:
        connection.set_trace_callback(said.append)

    event.listen(sqlite_store.engine, "checkout", listen)
    with writer_held(sqlite_store):
        jobs = [sqlite_store.submit(put(f"web{n:02}")) for n in range(50)]
    for job in jobs:
        job.result(20)
    assert said.count("SAVEPOINT job") == 51
    assert said.count("COMMIT") == said.count("BEGIN IMMEDIATE") == 2
    assert len(hostnames(sqlite_store)) == 50


def test_a_full_queue_is_said_at_once_and_nothing_was_written(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "QUEUE_LENGTH", 6)
    small = Store(database_url)
    try:
        accepted, refused = [], 0
        with writer_held(small):
            for n in range(10):
                try:
                    accepted.append(small.submit(put(f"web{n}")))
                except Transient:
                    refused += 1
        for job in accepted:
            job.result(20)
        assert refused >= 4
        assert len(hostnames(small)) == len(accepted) == 10 - refused
        small.write(put("after"))
    finally:
        small.close()


def test_a_busy_sqlite_is_transient_and_nothing_was_written(sqlite_url: str) -> None:
    store = Store(sqlite_url)
    event.listen(store.engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout=100"))
    blocker = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    with pytest.raises(Transient, match="database_busy"):
        store.write(put("web01"))
    blocker.execute("ROLLBACK")
    store.write(put("web02"))
    assert hostnames(store) == {"web02"}
    blocker.close()
    store.close()


def test_a_lock_that_does_not_come_free_is_transient_on_postgresql(postgresql_url: str) -> None:
    store = Store(postgresql_url)
    known = machine().named("web01").build()
    store.write(lambda tx: machines.put(tx, known))

    def impatient(tx: Tx) -> None:
        tx.exec_driver_sql("SET LOCAL lock_timeout = '200ms'")
        machines.lock(tx, SITE, known.id)

    with store.engine.connect() as other:
        other.exec_driver_sql("BEGIN")
        machines.lock(other, SITE, known.id)
        with pytest.raises(Transient, match="database_busy"):
            store.write(impatient)
        other.exec_driver_sql("ROLLBACK")
    store.close()


def test_a_postgresql_that_goes_away_under_a_read_is_transient_and_the_next_read_finds_it_again(
    postgresql_url: str,
) -> None:
    store = Store(postgresql_url)
    store.write(put("web01"))

    def cut_short(tx: Tx) -> None:
        with store.engine.connect() as other:
            own = tx.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
            other.exec_driver_sql(f"SELECT pg_terminate_backend({own})")
        machines.everyone(tx, SITE)

    with pytest.raises(Transient, match="database_busy"):
        store.read(cut_short)
    assert hostnames(store) == {"web01"}
    store.close()


def test_reading_where_no_postgresql_answers_is_transient(tmp_path: Path) -> None:
    store = Store(f"postgresql://nobody@/none?host={tmp_path}")
    with pytest.raises(Transient, match="database_busy"):
        store.read(lambda tx: machines.everyone(tx, SITE))
    store.close()


def test_readers_do_not_wait_for_a_writer_and_see_only_what_is_committed(store: Store) -> None:
    store.write(put("web01"))
    inside, release = threading.Event(), threading.Event()

    def slow(tx: Tx) -> None:
        put("web02")(tx)
        inside.set()
        release.wait(20)

    job = store.submit(slow)
    assert inside.wait(20)
    began = time.monotonic()
    assert hostnames(store) == {"web01"}
    assert time.monotonic() - began < 5
    release.set()
    job.result(20)
    assert hostnames(store) == {"web01", "web02"}


def test_a_read_transaction_never_writes(store: Store) -> None:
    store.read(put("web01"))
    assert hostnames(store) == set()


def test_only_one_install_of_a_machine_lives_whoever_asks(store: Store) -> None:
    known = machine().build()
    store.write(lambda tx: machines.put(tx, known))

    def arm(_: int) -> bool:
        try:
            store.write(lambda tx: installs.add(tx, install().of(known).build()))
        except IntegrityError:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(arm, range(24))) == 1
    over = install().of(known).standing(State.DONE).build()
    store.write(lambda tx: installs.add(tx, over))


def test_an_install_that_somebody_moved_is_not_moved_again(store: Store) -> None:
    known = machine().build()
    armed = install().of(known).build()
    store.write(lambda tx: (machines.put(tx, known), installs.add(tx, armed)))
    first = install().of(known).having(id=armed.id).standing(State.STARTING).build()
    assert store.write(lambda tx: installs.move(tx, armed, first)).version == 2
    with pytest.raises(Transient):
        store.write(lambda tx: installs.move(tx, armed, first))


def test_the_machines_lock_puts_writers_in_line(store: Store) -> None:
    known = machine().having(unit="0").build()
    store.write(lambda tx: machines.put(tx, known))

    def count(tx: Tx) -> None:
        locked = machines.lock(tx, SITE, known.id)
        assert locked
        time.sleep(0.002)
        machines.put(tx, machine().having(id=known.id, hostname=known.hostname, unit=str(int(locked.unit) + 1)).build())

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: store.write(count), range(40)))
    final = store.read(lambda tx: machines.get(tx, SITE, known.id))
    assert final
    assert (final.unit, final.version) == ("40", 41)


def test_batches_that_overlap_and_lock_in_the_order_of_ids_never_deadlock(store: Store) -> None:
    made = sorted((machine().build() for _ in range(6)), key=lambda m: m.id)
    store.write(lambda tx: [machines.put(tx, one) for one in made])

    def batch(tx: Tx, some: list[Machine]) -> None:
        for one in some:
            assert machines.lock(tx, SITE, one.id)
            machines.put(tx, one)

    overlapping = [made[n % 3 : n % 3 + 4] for n in range(24)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda some: store.write(lambda tx: batch(tx, some)), overlapping))


@pytest.mark.parametrize(
    "other",
    [
        machine().named("web01"),
        machine().with_serial("S1"),
        machine().with_macs("52:54:00:00:00:01"),
        machine().with_address("10.0.0.5/16"),
        machine().with_bmc("10.0.1.5"),
    ],
    ids=["hostname", "serial", "mac", "address", "bmc_address"],
)
def test_what_is_unique_within_a_site_and_free_in_another(store: Store, other) -> None:  # type: ignore[no-untyped-def]
    known = (
        machine().named("web01").with_serial("S1").with_macs("52:54:00:00:00:01").with_address("10.0.0.5/24")
        .with_bmc("10.0.1.5").build()
    )  # fmt: skip
    store.write(lambda tx: machines.put(tx, known))
    with pytest.raises(IntegrityError):
        store.write(lambda tx: machines.put(tx, other.build()))
    store.write(lambda tx: machines.put(tx, other.having(site="bj2").build()))


def test_empty_serials_and_bmc_addresses_do_not_clash(store: Store) -> None:
    store.write(put("web01"))
    store.write(put("web02"))
    assert hostnames(store) == {"web01", "web02"}


def test_times_and_sizes_beyond_32_bits_are_kept(store: Store) -> None:
    known = machine().build()
    late = install().of(known).having(armed_at=1_700_000_000_000_000, deadline=2**52).build()
    store.write(lambda tx: (machines.put(tx, known), installs.add(tx, late)))
    found = store.read(lambda tx: installs.get(tx, SITE, late.id))
    assert found
    assert (found.armed_at, found.deadline) == (1_700_000_000_000_000, 2**52)


def write_many(url: str, name: str, number: int) -> None:
    store = Store(url)
    try:
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(lambda n: store.write(put(f"{name}-{n}")), range(number)))
    finally:
        store.close()


def test_two_processes_writing_one_sqlite_lose_nothing(sqlite_url: str) -> None:
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=write_many, args=(sqlite_url, name, 150)) for name in ("left", "right")]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0, 0]
    store = Store(sqlite_url)
    assert store.read(lambda tx: tx.execute(select(func.count()).select_from(schema.machine)).scalar()) == 300
    store.close()
