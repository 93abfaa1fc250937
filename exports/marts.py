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

# Of most marts the edition that passed every check; the rest say how the night goes, and have none.
PUBLISHED, LIVE = "published", "marts"
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
        self._published = frozenset(self._names(PUBLISHED))

    def about(self, mart: str = "national_summary") -> About:
        """Return what the file of a mart says of itself.

        Raises:
            UserError: there was no night yet, or nothing of it has been published.
        """
        schema = self._schema_of(mart)
        found = self._rows(schema, "national_summary", about.COLUMNS)
        if not found:
            raise UserError(
                "there is nothing to export",
                why="no version of the marts has passed its checks yet",
                fix="run make demo, or wait for the first dbt run of the night; then export again",
            )
        is_last_good = schema == PUBLISHED and self.is_last_good()
        return About.of_row(found[0], is_last_good=is_last_good)

    def is_last_good(self) -> bool:
        """Say whether numbers newer than the published ones failed their checks."""
        found = self._rows(LIVE, "publication", ("is_last_good",))
        return bool(found and found[0]["is_last_good"])

    def columns(self, mart: str) -> dict[str, str]:
        """Return a mart's columns in their order, with their types in PostgreSQL's words.

        Raises:
            UserError: there is no such mart; those that there are, by name.
        """
        found = self._connection.execute(
            "select column_name, data_type from information_schema.columns"
            " where table_schema = %s and table_name = %s order by ordinal_position",
            (self._schema_of(mart), mart),
        ).fetchall()
        if not found:
            names = ", ".join(self._names(LIVE))
            raise UserError(
                f"MART={mart} cannot be exported",
                why=f"marts are: {names}" if names else "no mart has been built yet",
                fix="name one of these" if names else "run make demo first",
            )
        return {row["column_name"]: row["data_type"] for row in found}

    def rows(self, mart: str, columns: Sequence[str], order_by: Sequence[str] = ()) -> Rows:
        """Return the rows of a mart's edition by column name; live ones where there is none."""
        return self._rows(self._schema_of(mart), mart, columns, order_by)

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

    def _schema_of(self, mart: str) -> str:
        return PUBLISHED if mart in self._published else LIVE

    def _names(self, schema: str) -> list[str]:
        found = self._connection.execute(
            "select distinct table_name from information_schema.columns"
            " where table_schema = %s order by table_name",
            (schema,),
        )
        return [row["table_name"] for row in found]


@contextmanager
def snapshot(settings: PostgresSettings) -> Iterator[Snapshot]:
    """Give the marts' edition as it is now, unchanged for as long as the block lasts."""
    arguments: dict[str, Any] = {**settings.connect_arguments("reader"), **_OPTIONS}
    with psycopg.connect(**arguments, row_factory=dict_row) as connection:
        yield Snapshot(connection)
