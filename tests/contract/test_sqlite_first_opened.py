"""A new SQLite database that somebody writes at the very moment in which it is opened: SQLite would not wait."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

from rackwright.store.engine import open_engine


def test_who_opens_a_new_database_waits_for_who_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "new.sqlite3"
    first = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    first.execute("CREATE TABLE t (x)")
    first.execute("BEGIN IMMEDIATE")
    first.execute("INSERT INTO t VALUES (1)")
    ends = threading.Timer(0.3, lambda: first.execute("COMMIT"))
    ends.start()
    engine = open_engine(f"sqlite:///{path}")
    with engine.connect() as second:
        assert second.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        assert second.exec_driver_sql("SELECT x FROM t").scalar_one() == 1
    ends.join()
    first.close()
    engine.dispose()
