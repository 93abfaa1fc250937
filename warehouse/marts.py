"""The marts of a night, asked by one SQL in either warehouse.

Queries are PostgreSQL's: parameters are `%(name)s`, tables `marts.<name>`, `intermediate.<name>`
and `ops.<name>`, of which BigQuery has a copy.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Protocol

import psycopg

from election.errors import UserError
from election.settings import BigQuerySettings
from warehouse.clients import open_access
from warehouse.jobs import Jobs

Rows = list[tuple[Any, ...]]
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
        sql = in_bigquerys_words(query, self._settings)
        try:
            return self._jobs.read(sql, named, doing="the marts could not be read")
        except UserError as error:
            if is_absence(error):
                raise NotBuiltError(error.why) from error
            raise


def in_bigquerys_words(sql: str, settings: BigQuerySettings) -> str:
    """Return a query for BigQuery: its parameters, and where its tables are (pure)."""

    def address(found: re.Match[str]) -> str:
        return f"`{settings.address(found[1], found[2])}`"

    return _TABLE.sub(address, _PARAMETER.sub(r"@\1", sql))


def is_absence(error: UserError) -> bool:
    """Say whether BigQuery refused because a table or its dataset is not there (pure)."""
    return "not found" in error.why.lower()
