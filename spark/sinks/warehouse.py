"""PostgreSQL: a connection that comes back, and rows written by key as absolute values."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

import polars as pl
import psycopg
import stamina
from psycopg import sql

from election.errors import UserError
from election.settings import PostgresSettings
from election.tables import Column, Table, Type

RETRY_FOR_S = 90.0
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
        self._settings = settings
        self._arguments = settings.connect_arguments("loader")
        self._retry_for_s = retry_for_s
        self._connection: psycopg.Connection[Any] | None = None

    def transact(self, work: Work) -> None:
        """Run work as one transaction; it must be harmless to repeat.

        Raises:
            UserError: PostgreSQL did not answer within the limit.
        """
        try:
            for attempt in stamina.retry_context(
                on=psycopg.OperationalError, timeout=self._retry_for_s, attempts=None, wait_max=2.0
            ):
                with attempt:
                    self._run(work)
        except psycopg.OperationalError as error:
            raise UserError(
                f"PostgreSQL at {self._settings.host}:{self._settings.port} did not do its work",
                why=str(error).strip().splitlines()[0],
                fix="see `make doctor` and `make ps`; this stage catches up from its ledgers",
            ) from None

    def read(
        self, query: str | sql.Composed, values: Sequence[object] = ()
    ) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        found: list[tuple[Any, ...]] = []

        def work(cursor: psycopg.Cursor[Any]) -> None:
            found[:] = cursor.execute(query, values).fetchall()  # type: ignore[arg-type]

        self.transact(work)
        return found

    def beside(self) -> Warehouse:
        """Return the same on another connection, for another thread."""
        return Warehouse(self._settings, retry_for_s=self._retry_for_s)

    def close(self) -> None:
        """Close the connection; harmless to repeat."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _run(self, work: Work) -> None:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(**self._arguments, autocommit=True)  # type: ignore[arg-type]
        try:
            with self._connection.transaction(), self._connection.cursor() as cursor:
                work(cursor)
        except psycopg.OperationalError:
            self.close()
            raise


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
