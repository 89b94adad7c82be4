"""Statements that machines cause all the time: compiled once a dialect, run on the driver's own cursor.

SQLAlchemy takes 100 to 200 µs to build and wrap a statement that SQLite answers in 10; docs/decisions has the figures.
It never changes what a statement means, and what the driver raises leaves here as SQLAlchemy's error.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import ClauseElement, Select


@dataclass(frozen=True, slots=True)
class _Compiled:
    """`order` are the names of positional parameters, None where the driver takes them by name. `convert` are
    columns whose values the driver gives in another type."""

    sql: str
    order: Sequence[str] | None
    defaults: Mapping[str, Any]
    make: Callable[[Iterable[Any]], Any]
    convert: Sequence[tuple[int, Callable[[Any], Any]]]

    def parameters(self, values: Mapping[str, Any]) -> Any:
        given = {**self.defaults, **values}
        return given if self.order is None else [given[name] for name in self.order]

    def rows(self, found: Iterable[Sequence[Any]]) -> list[Any]:
        if not self.convert:
            return [self.make(row) for row in found]
        rows: list[Any] = []
        for row in found:
            values = list(row)
            for column, convert in self.convert:
                values[column] = convert(values[column])
            rows.append(self.make(values))
        return rows


class Hot:
    """One statement; its parameters are `bindparam`s, given by name. Lists of unknown length cannot be given."""

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def first(self, tx: Connection, **values: Any) -> Any:
        """The first row as a named tuple, or None."""
        rows = self.all(tx, **values)
        return rows[0] if rows else None

    def all(self, tx: Connection, **values: Any) -> list[Any]:
        ready = self._for(tx)
        cursor = _execute(tx, ready.sql, ready.parameters(values))
        try:
            return ready.rows(cursor.fetchall())
        finally:
            cursor.close()

    def run(self, tx: Connection, **values: Any) -> int:
        """How many rows it changed."""
        ready = self._for(tx)
        cursor = _execute(tx, ready.sql, ready.parameters(values))
        changed: int = cursor.rowcount
        cursor.close()
        return changed

    def run_many(self, tx: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Once for each of them, in their order."""
        if rows:
            ready = self._for(tx)
            _execute(tx, ready.sql, [ready.parameters(row) for row in rows], many=True).close()

    def _for(self, tx: Connection) -> _Compiled:
        ready = self._compiled.get(tx.dialect.name)
        if ready is None:
            ready = self._compiled[tx.dialect.name] = _compile(self._statement, tx)
        return ready


def tell(tx: Connection, sql: str) -> None:
    """BEGIN, COMMIT and their like."""
    _execute(tx, sql, ()).close()


def _execute(tx: Connection, sql: str, parameters: Any, many: bool = False) -> Any:
    cursor = tx.connection.cursor()
    try:
        (cursor.executemany if many else cursor.execute)(sql, parameters)
    except tx.dialect.loaded_dbapi.Error as error:
        gone = tx.dialect.is_disconnect(error, tx.connection, cursor)
        if gone:
            tx.invalidate(error)
        raise DBAPIError.instance(
            sql, None, error, tx.dialect.loaded_dbapi.Error, connection_invalidated=gone, dialect=tx.dialect
        ) from error
    return cursor


def _compile(statement: ClauseElement, tx: Connection) -> _Compiled:
    compiled: Any = statement.compile(dialect=tx.dialect)
    columns = list(statement.selected_columns) if isinstance(statement, Select) else []
    processors = ((n, column.type.dialect_impl(tx.dialect)) for n, column in enumerate(columns))
    found = ((n, impl.result_processor(tx.dialect, None)) for n, impl in processors)
    names = [str(column.key) for column in columns]
    return _Compiled(
        sql=compiled.string,
        order=compiled.positiontup,
        defaults=compiled.params,
        make=namedtuple("Row", names)._make,  # pyright: ignore[reportUntypedNamedTuple]
        convert=[(n, processor) for n, processor in found if processor is not None],
    )
