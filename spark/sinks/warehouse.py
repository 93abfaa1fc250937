"""PostgreSQL: a connection that comes back, and rows written by key as absolute values."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from copy import copy
from typing import Any

import polars as pl
import psycopg
from psycopg import sql

from election.settings import PostgresSettings
from election.tables import Column, Table, Type
from warehouse.postgres import RETRY_FOR_S, Postgres

CATCHES_UP = "this stage catches up from its ledgers"
_POLARS = {
    Type.TEXT: pl.String,
    Type.JSON: pl.String,
    Type.BIGINT: pl.Int64,
    Type.DOUBLE: pl.Float64,
    Type.BOOLEAN: pl.Boolean,
    Type.DATE: pl.Date,
    Type.TIMESTAMP: pl.String,
}

Work = Callable[[psycopg.Cursor[Any]], None]


class Warehouse:
    """Runs transactions as the role `loader`; each is tried again when the connection is lost."""

    def __init__(self, settings: PostgresSettings, *, retry_for_s: float = RETRY_FOR_S) -> None:
        self._postgres = Postgres(settings, "loader", retry_for_s=retry_for_s, then=CATCHES_UP)

    def transact(self, work: Work) -> None:
        """Run work as one transaction; it must be harmless to repeat.

        Raises:
            PassingError: PostgreSQL did not answer within the limit.
        """

        def once(connection: psycopg.Connection[Any]) -> None:
            with connection.transaction(), connection.cursor() as cursor:
                work(cursor)

        self._postgres.run(once)

    def read(
        self, query: str | sql.Composed, values: Sequence[object] = ()
    ) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        return self._postgres.run(
            lambda connection: connection.execute(query, values).fetchall()  # type: ignore[arg-type]
        )

    def beside(self) -> Warehouse:
        """Return the same on another connection, for another thread."""
        other = copy(self)
        other._postgres = self._postgres.beside()
        return other

    def close(self) -> None:
        """Close the connection; harmless to repeat."""
        self._postgres.close()


def upsert(cursor: psycopg.Cursor[Any], table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Write rows by the table's key: what was there is replaced."""
    if not rows:
        return
    stage = sql.Identifier(f"incoming_{table.name}")
    cursor.execute(
        sql.SQL("create temp table if not exists {} (like {}) on commit delete rows").format(
            stage, _name(table)
        )
    )
    columns = sql.SQL(", ").join(sql.Identifier(c.name) for c in table.columns)
    copy = sql.SQL("copy {} ({}) from stdin (format csv)").format(stage, columns)
    with cursor.copy(copy) as writer:
        writer.write(_csv(table, rows))
    key = sql.SQL(", ").join(map(sql.Identifier, table.key))
    measures = sql.SQL(", ").join(
        sql.SQL("{0} = excluded.{0}").format(sql.Identifier(c.name)) for c in table.measures
    )
    cursor.execute(
        sql.SQL("insert into {} ({}) select {} from {} on conflict ({}) do update set {}").format(
            _name(table), columns, columns, stage, key, measures
        )
    )
    # A later call in the same transaction must not find these rows again.
    cursor.execute(sql.SQL("truncate {}").format(stage))


def _csv(table: Table, rows: Sequence[dict[str, Any]]) -> bytes:
    frame = pl.DataFrame(
        {c.name: [_value(c, row[c.name]) for row in rows] for c in table.columns},
        schema={c.name: _POLARS[c.type] for c in table.columns},
    )
    buffer = io.BytesIO()
    # Strings are quoted, so that an empty one differs from a missing one.
    frame.write_csv(buffer, include_header=False, quote_style="non_numeric")
    return buffer.getvalue()


def _value(column: Column, value: Any) -> Any:
    if column.type is Type.TIMESTAMP and value is not None and not isinstance(value, str):
        return value.isoformat()
    return value


def _name(table: Table) -> sql.Identifier:
    return sql.Identifier(table.schema, table.name)
