"""The generator's connection to `ops`: short statements that outlive a restart of the database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import psycopg

from election.settings import PostgresSettings
from warehouse.postgres import Postgres

RETRY_FOR_S = 60.0
Statement = tuple[str, Sequence[object]]


class OpsConnection:
    """Runs statements as the role `loader`, connecting again when the connection is lost."""

    def __init__(self, settings: PostgresSettings, *, retry_for_s: float = RETRY_FOR_S) -> None:
        self._postgres = Postgres(
            settings, "loader", retry_for_s=retry_for_s, then="RESUME=1 continues the night"
        )

    def write(self, statements: Iterable[Statement]) -> None:
        """Run statements as one transaction; they must be harmless to repeat."""
        todo = list(statements)

        def run(connection: psycopg.Connection[Any]) -> None:
            with connection.transaction():
                for statement, values in todo:
                    connection.execute(statement, values)  # type: ignore[arg-type]

        self._postgres.run(run)

    def read(self, query: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        return self._postgres.run(
            lambda connection: connection.execute(query, values).fetchall()  # type: ignore[arg-type]
        )

    def close(self) -> None:
        """Close the connection; harmless to repeat."""
        self._postgres.close()
