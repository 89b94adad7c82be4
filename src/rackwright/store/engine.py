"""Opens the database: SQLite or PostgreSQL, with the settings each needs to be safe under several writers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, create_engine, event


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
    # 10,000 machines do not fit the 2 MB that a connection keeps by itself.
    safe = "busy_timeout=20000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"
    for pragma in (*safe, "cache_size=-32768"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def is_sqlite(engine: Engine) -> bool:
    return engine.dialect.name == "sqlite"
