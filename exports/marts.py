"""Reading the marts as the role `reader`: the one place of this package that asks a database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from election.errors import UserError
from election.settings import PostgresSettings
from exports import about
from exports.about import About

SCHEMA = "marts"
_OPTIONS: dict[str, Any] = {
    "connect_timeout": 5,
    "tcp_user_timeout": 10_000,
    "application_name": "exports",
    "options": "-c timezone=UTC -c statement_timeout=60000 -c default_transaction_read_only=on"
    " -c default_transaction_isolation=repeatable\\ read",
}
Rows = list[dict[str, Any]]


class Snapshot:
    """The marts at one moment: everything read from one snapshot belongs together."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def about(self) -> About:
        """Return what the files of the current night say of themselves.

        Raises:
            UserError: there was no night yet.
        """
        found = self.rows("national_summary", about.COLUMNS)
        if not found:
            raise UserError(
                "there is nothing to export",
                why="the marts show no night",
                fix="run make demo, then export again",
            )
        return About.of_row(found[0])

    def columns(self, mart: str) -> dict[str, str]:
        """Return a mart's columns in their order, with their types in PostgreSQL's words.

        Raises:
            UserError: there is no such mart; those that there are, by name.
        """
        found = self._connection.execute(
            "select column_name, data_type from information_schema.columns"
            " where table_schema = %s and table_name = %s order by ordinal_position",
            (SCHEMA, mart),
        ).fetchall()
        if not found:
            names = ", ".join(self._marts())
            raise UserError(
                f"MART={mart} cannot be exported",
                why=f"marts are: {names}" if names else "no mart has been built yet",
                fix="name one of these" if names else "run make demo first",
            )
        return {row["column_name"]: row["data_type"] for row in found}

    def rows(self, mart: str, columns: Sequence[str], order_by: Sequence[str] = ()) -> Rows:
        """Return a mart's rows by column name."""
        query = sql.SQL("select {} from {}").format(
            sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(SCHEMA, mart)
        )
        if order_by:
            query += sql.SQL(" order by {}").format(
                sql.SQL(", ").join(map(sql.Identifier, order_by))
            )
        return self._connection.execute(query).fetchall()

    def _marts(self) -> list[str]:
        found = self._connection.execute(
            "select distinct table_name from information_schema.columns"
            " where table_schema = %s order by table_name",
            (SCHEMA,),
        )
        return [row["table_name"] for row in found]


@contextmanager
def snapshot(settings: PostgresSettings) -> Iterator[Snapshot]:
    """Give the marts as they are now, unchanged for as long as the block lasts."""
    arguments: dict[str, Any] = {**settings.connect_arguments("reader"), **_OPTIONS}
    with psycopg.connect(**arguments, row_factory=dict_row) as connection:
        yield Snapshot(connection)
