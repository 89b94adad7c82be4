"""Brings the database to this program's schema, by alembic, without an ini file. It never goes back a version.

Several processes may call `migrate` at the same time: the first one works, the others wait and find it done.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect
from sqlalchemy.exc import OperationalError

from rackwright.store.engine import is_sqlite
from rackwright.values.errors import OperatorMustFix

_SCRIPTS = Path(__file__).parent / "migrations"
_LOCK = 0x5261636B  # any number that no other program takes on this database: "Rack"


def migrate(engine: Engine) -> str:
    """Makes or upgrades every table, all or nothing, and returns the schema's version.

    Raises OperatorMustFix when nothing can be opened there, or when a newer program has been here: its tables are
    not ours to write."""
    with _opened(engine) as connection:
        _begin_alone(connection)
        try:
            _check_known(_version(connection))
            command.upgrade(config(connection), "head")
            connection.exec_driver_sql("COMMIT")
        except BaseException:
            connection.exec_driver_sql("ROLLBACK")
            raise
    return newest_version()


def _opened(engine: Engine) -> Connection:
    try:
        return engine.connect()
    except OperationalError as error:
        kind = "SQLite" if is_sqlite(engine) else "PostgreSQL"
        raise OperatorMustFix("database_unreachable", kind=kind, error=str(error.orig).splitlines()[0]) from error


def schema_version(engine: Engine) -> str:
    """The version the database is at, empty before the first migration."""
    with engine.connect() as connection:
        return _version(connection)


def newest_version() -> str:
    """The version this program brings a database to."""
    return ScriptDirectory(str(_SCRIPTS)).get_current_head() or ""


def config(connection: Connection) -> Config:
    """What alembic needs to work on this connection, within the transaction that is open on it."""
    made = Config()
    made.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    made.attributes["connection"] = connection
    return made


def _version(connection: Connection) -> str:
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return MigrationContext.configure(connection).get_current_revision() or ""


def _check_known(version: str) -> None:
    known = {script.revision for script in ScriptDirectory(str(_SCRIPTS)).walk_revisions()}
    if version and version not in known:
        raise OperatorMustFix("schema_newer", version=version, newest=newest_version())


def _begin_alone(connection: Connection) -> None:
    """SQLite's write lock, or a PostgreSQL advisory lock: both end with the transaction, also when we die."""
    if is_sqlite(connection.engine):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        return
    connection.exec_driver_sql("BEGIN")
    connection.exec_driver_sql("SET LOCAL lock_timeout = '60s'; SET LOCAL statement_timeout = 0")
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
