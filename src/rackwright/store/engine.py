"""Opens the database: SQLite or PostgreSQL, with the settings each needs to be safe under several writers."""

from __future__ import annotations

import sqlite3
import time
from typing import Any

from sqlalchemy import Engine, create_engine, event

WAL_TRIES = 100  # a tenth of a second apart


def open_engine(url: str) -> Engine:
    """An engine in autocommit mode: the store begins and ends transactions itself, by name. What a statement was given
    stays out of its errors: they go to logs, and values are secrets or what machines say."""
    if url.startswith("sqlite"):
        engine = create_engine(
            url,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
            pool_size=16,
            max_overflow=32,
            connect_args={"check_same_thread": False, "timeout": 0},
        )
        event.listen(engine, "connect", _prepare_sqlite)
        return engine
    url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    return create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
        pool_size=8,
        max_overflow=8,
        pool_pre_ping=True,
        # Without a bound a host that drops packets would keep a start waiting for minutes.
        connect_args={
            "connect_timeout": 10,
            "options": "-c statement_timeout=20000 -c lock_timeout=5000 -c timezone=UTC",
        },
    )


def _prepare_sqlite(connection: Any, _record: object) -> None:
    """busy_timeout comes before journal_mode: switching to WAL is itself a write that can be busy."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout=20000")
    _write_ahead(cursor)
    # 10,000 machines do not fit the 2 MB that a connection keeps by itself.
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "cache_size=-32768"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _write_ahead(cursor: Any) -> None:
    """Several processes that open a new database at once: SQLite does not wait for the one that switches it over."""
    for left in reversed(range(WAL_TRIES)):
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            # The low byte is the kind; what stands above it says which lock.
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or not left:
                raise
            time.sleep(0.1)


def is_sqlite(engine: Engine) -> bool:
    return engine.dialect.name == "sqlite"
