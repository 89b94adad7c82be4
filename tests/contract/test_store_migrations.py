"""The migrations make exactly the schema that the program uses, and any number of processes may start them."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect

from rackwright.store.engine import is_sqlite, open_engine
from rackwright.store.migrate import config, migrate, newest_version, schema_version
from rackwright.store.schema import metadata
from rackwright.values.errors import OperatorMustFix
from tests.postgresql import Postgresql


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_urls(request: pytest.FixtureRequest, tmp_path: Path):
    """Two URLs of databases without tables."""
    if request.param == "sqlite":
        yield tuple(f"sqlite:///{tmp_path}/{name}.sqlite3" for name in ("one", "two"))
        return
    server: Postgresql = request.getfixturevalue("postgresql")
    with server.copied("template0") as one, server.copied("template0") as two:
        yield one, two


def declared(engine: Engine) -> set[str]:
    """Everything the database says about its tables and indexes, in its own words."""
    with engine.connect() as connection:
        if is_sqlite(engine):
            found = connection.exec_driver_sql(
                "SELECT tbl_name || sql FROM sqlite_master WHERE type = 'index' AND sql > ''"
            )
        else:
            found = connection.exec_driver_sql("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'")
        indexes = {" ".join(text.split()) for text in found.scalars()}
        look = inspect(connection)
        for table in metadata.tables:
            columns = [(c["name"], repr(c["type"]), c["nullable"], c["default"]) for c in look.get_columns(table)]
            keys = look.get_pk_constraint(table)["constrained_columns"], look.get_foreign_keys(table)
            indexes.add(f"{table} {sorted(columns, key=str)} {keys}")
    return {text for text in indexes if "alembic_version" not in text}


def test_migrations_make_what_the_program_declares(empty_urls: tuple[str, str]) -> None:
    migrated, created = (open_engine(url) for url in empty_urls)
    assert schema_version(migrated) == ""
    assert migrate(migrated) == newest_version()
    metadata.create_all(created)
    assert declared(migrated) == declared(created)
    with migrated.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
    migrated.dispose()
    created.dispose()


def test_migrating_twice_changes_nothing(empty_urls: tuple[str, str]) -> None:
    engine = open_engine(empty_urls[0])
    migrate(engine)
    before = declared(engine)
    migrate(engine)
    assert declared(engine) == before
    assert schema_version(engine) == newest_version()
    engine.dispose()


def test_several_starting_together_all_find_it_migrated(empty_urls: tuple[str, str]) -> None:
    def start(_: int) -> str:
        engine = open_engine(empty_urls[0])
        try:
            return migrate(engine)
        finally:
            engine.dispose()

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(start, range(4))) == [newest_version()] * 4


def test_a_database_of_a_newer_program_is_left_alone(empty_urls: tuple[str, str]) -> None:
    engine = open_engine(empty_urls[0])
    migrate(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(OperatorMustFix, match="schema_newer"):
        migrate(engine)
    assert schema_version(engine) == "9999"
    engine.dispose()


def test_what_the_first_version_knew_is_kept(empty_urls: tuple[str, str]) -> None:
    engine = open_engine(empty_urls[0])
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN")
        command.upgrade(config(connection), "0001")
        for statement in (
            "INSERT INTO machine (site, id, hostname, protected) VALUES ('sh1', 'm', 'web01', true)",
            """INSERT INTO claim (site, install, attempt, scope) VALUES ('sh1', 'i', 1, '[{"serial":"D1"}]')""",
        ):
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql("COMMIT")
    migrate(engine)
    with engine.connect() as connection:
        kept = connection.exec_driver_sql("SELECT protected, protected_by FROM machine").one()
        scope = json.loads(connection.exec_driver_sql("SELECT scope FROM claim").scalar_one())
    assert (bool(kept.protected), kept.protected_by) == (True, "")
    assert scope == {"acts": ["image"], "disks": [{"serial": "D1"}]}
    engine.dispose()
