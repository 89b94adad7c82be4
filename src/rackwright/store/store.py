"""The two ways into the database: `read` and `write`. It never decides anything."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, OperationalError

from rackwright.store.engine import is_sqlite, open_engine
from rackwright.store.hot import tell
from rackwright.values.errors import Transient

T = TypeVar("T")
Tx = Connection
QUEUE_LENGTH = 2000
KEPT_READERS = 2  # few: writers need connections of the same pool
GROUP = 200


@dataclass(frozen=True, slots=True)
class _Job:
    run: Callable[[Tx], Any]
    answer: Future[Any]


class Store:
    """`read(f)` runs f in a read transaction here; `write(f)` runs it in a write transaction and returns
    after the commit; `submit(f)` is `write` as a future, for event loops.

    Raises errors.Transient when the database is busy or the queue is full: nothing was written.
    """

    def __init__(self, url: str) -> None:
        self.engine: Engine = open_engine(url)
        self._readers = _Readers(self.engine)
        self._writer: _GroupWriter | _PooledWriter = (
            _GroupWriter(self.engine) if is_sqlite(self.engine) else _PooledWriter(self.engine)
        )

    def read(self, f: Callable[[Tx], T]) -> T:
        with _away_is_transient():
            tx = self._readers.begin()
            try:
                return f(tx)
            finally:
                self._readers.end(tx)

    def submit(self, f: Callable[[Tx], T]) -> Future[T]:
        return self._writer.submit(f)

    def write(self, f: Callable[[Tx], T]) -> T:
        return self.submit(f).result()

    def close(self) -> None:
        self._writer.close()
        self._readers.close()
        self.engine.dispose()


class _Readers:
    """A few connections kept between reads: asking the pool for one costs more than most reads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kept: deque[Tx] = deque()

    def begin(self) -> Tx:
        while True:
            try:
                tx = self._kept.pop()
            except IndexError:
                break
            try:
                tell(tx, "BEGIN")
                return tx
            except DBAPIError:  # the database was started again since
                tx.close()
        tx = self._engine.connect()
        tell(tx, "BEGIN")
        return tx

    def end(self, tx: Tx) -> None:
        try:
            _roll_back(tx)
        except BaseException:
            tx.invalidate()
            tx.close()
            raise
        if tx.invalidated or len(self._kept) >= KEPT_READERS:
            tx.close()
        else:
            self._kept.append(tx)

    def close(self) -> None:
        while self._kept:
            self._kept.pop().close()


class _GroupWriter:
    """SQLite's one writer thread: a group of jobs shares BEGIN IMMEDIATE and one commit.

    Each job has its savepoint, so one that fails takes nothing with it. A deferred BEGIN would lose
    writes to "database is locked" in spite of the busy timeout.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._jobs: queue.Queue[_Job | None] = queue.Queue(QUEUE_LENGTH)
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def submit(self, f: Callable[[Tx], T]) -> Future[T]:
        answer: Future[T] = Future()
        try:
            self._jobs.put_nowait(_Job(f, answer))
        except queue.Full:
            raise Transient("database_busy") from None
        return answer

    def close(self) -> None:
        self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (first := self._jobs.get()) is not None:
            group = [first]
            stop = False
            while len(group) < GROUP and not stop:
                try:
                    job = self._jobs.get_nowait()
                except queue.Empty:
                    break
                stop = job is None
                if job is not None:
                    group.append(job)
            self._commit(group)
            if stop:
                return

    def _commit(self, jobs: list[_Job]) -> None:
        # Whoever stopped waiting before it began gets nothing written; from here on nobody can any more.
        group = [job for job in jobs if job.answer.set_running_or_notify_cancel()]
        try:
            with self._engine.connect() as tx:
                tell(tx, "BEGIN IMMEDIATE")
                try:
                    outcomes = [_in_savepoint(tx, job) for job in group]
                    tell(tx, "COMMIT")
                except BaseException:
                    _roll_back(tx)
                    raise
        except OperationalError as error:
            for job in group:
                job.answer.set_exception(Transient("database_busy", error=str(error.orig)))
        except BaseException as error:  # the writer thread must outlive any job's bug
            for job in group:
                job.answer.set_exception(error)
        else:
            for settle in outcomes:
                settle()


def _in_savepoint(tx: Tx, job: _Job) -> Callable[[], None]:
    """Runs one job; what it returns settles the job's future, once the group is committed."""
    tell(tx, "SAVEPOINT job")
    try:
        value = job.run(tx)
    except Exception as error:
        tell(tx, "ROLLBACK TO job")
        tell(tx, "RELEASE job")
        failure = error
        return lambda: job.answer.set_exception(failure)
    tell(tx, "RELEASE job")
    return lambda: job.answer.set_result(value)


@contextmanager
def _away_is_transient() -> Generator[None]:
    """A database that is busy, or is being started again, is there again soon."""
    try:
        yield
    except OperationalError as error:
        raise Transient("database_busy", error=str(error.orig)) from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise Transient("database_busy", error=str(error.orig)) from error
        raise


def _roll_back(tx: Tx) -> None:
    """A connection that is gone has nothing to roll back, and must not hide why."""
    if not tx.invalidated:
        tell(tx, "ROLLBACK")


class _PooledWriter:
    """PostgreSQL: a few threads, one transaction a job; lock and statement timeouts bound each."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="writer")
        self._room = threading.BoundedSemaphore(QUEUE_LENGTH)

    def submit(self, f: Callable[[Tx], T]) -> Future[T]:
        if not self._room.acquire(blocking=False):
            raise Transient("database_busy")
        answer = self._pool.submit(self._transact, f)
        answer.add_done_callback(lambda _: self._room.release())
        return answer

    def close(self) -> None:
        self._pool.shutdown()

    def _transact(self, f: Callable[[Tx], T]) -> T:
        with _away_is_transient(), self._engine.connect() as tx:
            tell(tx, "BEGIN")
            try:
                value = f(tx)
                tell(tx, "COMMIT")
            except BaseException:
                _roll_back(tx)
                raise
            return value
