"""Marts in PostgreSQL, read as the role `reader`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from election.settings import PostgresSettings
from exports.marts import Made, Rows, Snapshot

_OPTIONS: dict[str, Any] = {
    "connect_timeout": 5,
    "tcp_user_timeout": 10_000,
    "application_name": "exports",
    "options": "-c timezone=UTC -c statement_timeout=60000 -c default_transaction_read_only=on"
    " -c default_transaction_isolation=repeatable\\ read",
}


class PostgresMarts:
    """See `exports.marts.Marts`; a snapshot is a transaction."""

    update_s = 0.0

    def __init__(self, settings: PostgresSettings) -> None:
        self._arguments: dict[str, Any] = {**settings.connect_arguments("reader"), **_OPTIONS}

    def read(self, make: Callable[[Snapshot], Made]) -> Made:
        """See `Marts`.

        Raises:
            psycopg.Error: the database is away.
        """
        with psycopg.connect(**self._arguments, row_factory=dict_row) as connection:
            return make(_Snapshot(connection))


class _Snapshot(Snapshot):
    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def _rows(
        self, schema: str, mart: str, columns: Sequence[str], order_by: Sequence[str] = ()
    ) -> Rows:
        query = sql.SQL("select {} from {}").format(
            sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(schema, mart)
        )
        if order_by:
            query += sql.SQL(" order by {}").format(
                sql.SQL(", ").join(map(sql.Identifier, order_by))
            )
        return self._connection.execute(query).fetchall()

    def _columns(self, schema: str, mart: str) -> dict[str, str]:
        found = self._connection.execute(
            "select column_name, data_type from information_schema.columns"
            " where table_schema = %s and table_name = %s order by ordinal_position",
            (schema, mart),
        )
        return {row["column_name"]: row["data_type"] for row in found}

    def _names(self, schema: str) -> list[str]:
        found = self._connection.execute(
            "select distinct table_name from information_schema.columns where table_schema = %s",
            (schema,),
        )
        return [row["table_name"] for row in found]
