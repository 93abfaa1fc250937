"""The marts of a night, asked by one SQL in either warehouse.

Queries are PostgreSQL's: parameters are `%(name)s`, tables `marts.<name>`, `intermediate.<name>`
and `ops.<name>`, of which BigQuery has a copy.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Protocol

import psycopg
from psycopg import sql

from election.errors import UserError
from election.settings import BigQuerySettings
from warehouse.clients import open_access
from warehouse.jobs import Jobs

Rows = list[tuple[Any, ...]]
Contents = tuple[int, int]
"""Of a table: how many rows it has, and a number that is another one if any row is."""
BUILT = ("intermediate", "marts")
_STORED = """
select table_name, max(case when column_name = 'as_of' then 1 else 0 end)
from `{dataset}`.INFORMATION_SCHEMA.COLUMNS
where table_name in (
  select table_name from `{dataset}`.INFORMATION_SCHEMA.TABLES where table_type = 'BASE TABLE'
)
group by table_name
having max(case when column_name = 'night_id' then 1 else 0 end) = 1
"""
_CONTENTS = """
select '{name}', count(*),
  coalesce(sum(cast(farm_fingerprint(to_json_string(kept)) as numeric)), 0)
from (select *{but} from `{address}` where night_id = @night) as kept
"""
_PARAMETER = re.compile(r"%\((\w+)\)s")
_TABLE = re.compile(r"\b(marts|intermediate|ops)\.(\w+)")


class NotBuiltError(Exception):
    """What is asked for was never built here."""


class Marts(Protocol):
    """What dbt has built."""

    def rows(self, query: str, **parameters: str | int) -> Rows:
        """Return a query's rows.

        Raises:
            NotBuiltError: dbt has not built what is asked for.
        """
        ...

    def contents(self, night_id: str, *, but: str) -> dict[str, Contents]:
        """Return what the stored tables hold of a night, when rows were written left out.

        Args:
            night_id: The night.
            but: Tables are left out whose names begin so.
        """
        ...


class PostgresMarts:
    """Marts in PostgreSQL; a connection of its own for each question."""

    def __init__(self, connect: Callable[[], psycopg.Connection[Any]]) -> None:
        self._connect = connect

    def rows(self, query: str, **parameters: str | int) -> Rows:
        """See `Marts`."""
        with self._connect() as connection:
            try:
                return connection.execute(query, parameters).fetchall()  # type: ignore[arg-type]
            except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName) as error:
                raise NotBuiltError(str(error)) from error

    def contents(self, night_id: str, *, but: str) -> dict[str, Contents]:
        """See `Marts`."""
        with self._connect() as connection:
            tables = connection.execute(
                """select table_schema, table_name from information_schema.columns
                   join information_schema.tables using (table_schema, table_name)
                   where table_schema = any(%s) and table_type = 'BASE TABLE'
                     and column_name = 'night_id' and not starts_with(table_name, %s)""",
                (list(BUILT), but),
            ).fetchall()
            return {
                f"{schema}.{name}": _contents(connection, sql.Identifier(schema, name), night_id)
                for schema, name in tables
            }


class BigQueryMarts:
    """Marts in BigQuery, asked by jobs of one stage."""

    def __init__(self, settings: BigQuerySettings, stage: str) -> None:
        self._settings = settings
        self._jobs = Jobs(open_access(settings).client(), settings, stage)

    def rows(self, query: str, **parameters: str | int) -> Rows:
        """See `Marts`.

        Raises:
            UserError: BigQuery does not answer, or refuses to.
        """
        from google.cloud.bigquery import ScalarQueryParameter as Scalar

        named = [
            Scalar(name, "INT64" if isinstance(value, int) else "STRING", value)
            for name, value in parameters.items()
        ]
        asked = in_bigquerys_words(query, self._settings)
        try:
            return self._jobs.read(asked, named, doing="the marts could not be read")
        except UserError as error:
            if is_absence(error):
                raise NotBuiltError(error.why) from error
            raise

    def contents(self, night_id: str, *, but: str) -> dict[str, Contents]:
        """See `Marts`.

        Raises:
            UserError: BigQuery does not answer, or refuses to.
        """
        from google.cloud.bigquery import ScalarQueryParameter as Scalar

        queries = []
        for schema in BUILT:
            dataset = f"{self._settings.project}.{self._settings.dataset(schema)}"
            doing = f"what {schema} holds could not be read"
            stored = self._jobs.read(_STORED.format(dataset=dataset), doing=doing)
            queries += [
                _CONTENTS.format(
                    name=f"{schema}.{table}", address=self._settings.address(schema, table),
                    but=" except (as_of)" if has_as_of else "",
                )
                for table, has_as_of in stored if not table.startswith(but)
            ]  # fmt: skip
        if not queries:
            return {}
        rows = self._jobs.read(
            " union all ".join(queries), [Scalar("night", "STRING", night_id)],
            doing="the tables could not be compared",
        )  # fmt: skip
        return {name: (int(count), int(value)) for name, count, value in rows}


def _contents(
    connection: psycopg.Connection[Any], table: sql.Identifier, night_id: str
) -> Contents:
    row = connection.execute(
        sql.SQL(
            "select count(*), coalesce(sum(hashtextextended((to_jsonb(t) - 'as_of')::text, 0)),"
            " 0)::text from {} t where night_id = %s"
        ).format(table),
        (night_id,),
    ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def in_bigquerys_words(query: str, settings: BigQuerySettings) -> str:
    """Return a query for BigQuery: its parameters, and where its tables are (pure)."""

    def address(found: re.Match[str]) -> str:
        return f"`{settings.address(found[1], found[2])}`"

    return _TABLE.sub(address, _PARAMETER.sub(r"@\1", query))


def is_absence(error: UserError) -> bool:
    """Say whether BigQuery refused because a table or its dataset is not there (pure)."""
    return "not found" in error.why.lower()
