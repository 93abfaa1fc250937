"""Where editions are: in PostgreSQL, or in BigQuery with their register in PostgreSQL."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import psycopg

from election import crash_points
from election.errors import UserError
from election.settings import BigQuerySettings, PostgresSettings
from transform import edition
from warehouse.jobs import Jobs
from warehouse.marts import is_absence
from warehouse.operations import MERGE, count_operations

STAGE = "dbt"
_REGISTER = """
insert into ops.editions (night_id, edition, election_at, as_of, published_at)
select %(night)s, coalesce(max(edition) + 1, 0), %(election_at)s, %(as_of)s, clock_timestamp()
from ops.editions where night_id = %(night)s
"""


class EditionStore(Protocol):
    """The tables of an edition, and of the next one beside them."""

    def lay_out(self) -> None:
        """Make the tables, empty, unless they hold an edition of this night."""

    def copy_beside(self) -> None:
        """Copy what the marts show now, all of one moment."""

    def put_in_place(self) -> None:
        """Publish what stands beside, all at once, and write the edition down."""


class PostgresEditions:
    """Editions in PostgreSQL; the register is of the same transaction as the rows."""

    def __init__(self, postgres: PostgresSettings, night_id: str, marts: Iterable[str]) -> None:
        self._arguments: dict[str, Any] = postgres.connect_arguments("transform")
        self._night_id = night_id
        self._marts = edition.marts_of_edition(marts)

    def lay_out(self) -> None:
        """Make the tables, empty, unless they hold an edition of this night."""
        with self._connect() as connection:
            if not _is_published(connection, self._night_id):
                _run(connection, edition.lay_out(self._marts, _place))

    def copy_beside(self) -> None:
        """Copy what the marts show now, all of one moment."""
        with self._connect() as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            _run(connection, edition.copy_beside(self._marts, _place))

    def put_in_place(self) -> None:
        """Publish what stands beside, all at once, and write the edition down."""
        with self._connect() as connection:
            _run(connection, edition.put_in_place(self._marts, _place))
            row = connection.execute(
                "select election_at, as_of from published.national_summary"
            ).fetchone()
            _register(connection, self._night_id, row)

    def _connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(**self._arguments, connect_timeout=10)


class BigQueryEditions:
    """Editions in BigQuery; like the rest of `ops`, their register is in PostgreSQL."""

    def __init__(
        self, settings: BigQuerySettings, jobs: Jobs, postgres: PostgresSettings, night_id: str,
        marts: Iterable[str],
    ) -> None:  # fmt: skip
        self._settings, self._jobs = settings, jobs
        self._arguments: dict[str, Any] = postgres.connect_arguments("transform")
        self._night_id = night_id
        self._marts = edition.marts_of_edition(marts)

    def lay_out(self) -> None:
        """Make the tables, empty, unless they hold an edition of this night.

        An edition is in place some moments before it is registered. One whose process was killed
        in between is what everybody reads: it is registered now, and its tables stay.
        """
        shown = self._shown()
        with self._connect() as connection:
            known = _newest(connection, self._night_id)
            if shown is not None and shown != known:
                _register(connection, self._night_id, shown)
        if shown is None and known is None:
            self._script(tuple(edition.lay_out(self._marts, self._place)))

    def copy_beside(self) -> None:
        """Copy what the marts show now, all of one moment."""
        self._transaction(edition.copy_beside(self._marts, self._place))
        with self._connect() as connection:
            self._count(connection, edition.BESIDE, edition.PREFIX)

    def put_in_place(self) -> None:
        """Publish what stands beside, all at once, and write the edition down."""
        self._transaction(edition.put_in_place(self._marts, self._place))
        with self._connect() as connection:
            self._count(connection, edition.PUBLISHED, "")
            _register(connection, self._night_id, self._shown())

    def _count(self, connection: psycopg.Connection[Any], schema: str, prefix: str) -> None:
        tables = (f"{schema}.{prefix}{mart}" for mart in self._marts)
        count_operations(connection, self._night_id, STAGE, MERGE, tables)

    def _shown(self) -> tuple[Any, ...] | None:
        """Return the election's clock and as-of time of the night's edition in place, if any."""
        from google.cloud.bigquery import ScalarQueryParameter as Scalar

        summary = self._place(edition.PUBLISHED, "national_summary")
        try:
            rows = self._jobs.read(
                f"select election_at, as_of from {summary} where night_id = @night",  # noqa: S608
                [Scalar("night", "STRING", self._night_id)], doing="the edition could not be read",
            )  # fmt: skip
        except UserError as error:
            if is_absence(error):
                return None
            raise
        return next(iter(rows), None)

    def _transaction(self, statements: Iterable[str]) -> None:
        self._script(("begin transaction", *statements, "commit transaction"))

    def _script(self, statements: Sequence[str]) -> None:
        self._jobs.query(
            ";\n".join(statements), name=f"edition-{time.time_ns():x}",
            doing="the edition could not be written", use_cache=False,
        )  # fmt: skip

    def _place(self, schema: str, name: str) -> str:
        return f"`{self._settings.address(schema, name)}`"

    def _connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(**self._arguments, connect_timeout=10)


def _place(schema: str, name: str) -> str:
    return f"{schema}.{name}"


def _run(connection: psycopg.Connection[Any], statements: Iterable[str]) -> None:
    for statement in statements:
        connection.execute(statement.encode())


def _is_published(connection: psycopg.Connection[Any], night_id: str) -> bool:
    found = connection.execute(
        "select 1 from ops.editions where night_id = %s limit 1", (night_id,)
    ).fetchone()
    return found is not None


def _newest(connection: psycopg.Connection[Any], night_id: str) -> tuple[Any, ...] | None:
    """Return the election's clock and as-of time of the newest edition in the register."""
    return connection.execute(
        "select election_at, as_of from ops.editions where night_id = %s"
        " order by edition desc limit 1",
        (night_id,),
    ).fetchone()


def _register(connection: psycopg.Connection[Any], night_id: str, row: Any) -> None:
    crash_points.reached("dbt.put_in_place")
    if row is not None:
        values = {"night": night_id, "election_at": row[0], "as_of": row[1]}
        connection.execute(_REGISTER, values)
