"""Connects alembic to the connection that `store.migrate` has opened and locked. It never opens its own."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from rackwright.store.schema import metadata


def run(connection: Connection) -> None:
    # No begin_transaction here: the caller's transaction is open, and it commits.
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    context.run_migrations()


run(context.config.attributes["connection"])
