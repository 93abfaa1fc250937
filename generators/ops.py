"""The generator's connection to `ops`: short statements that outlive a restart of the database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
import stamina

from election.errors import UserError
from election.settings import PostgresSettings

RETRY_FOR_S = 60.0
Statement = tuple[str, Sequence[object]]


class OpsConnection:
    """Runs statements as the role `loader`, connecting again when the connection is lost."""

    def __init__(self, settings: PostgresSettings, *, retry_for_s: float = RETRY_FOR_S) -> None:
        self._settings = settings
        self._retry_for_s = retry_for_s
        self._arguments = settings.connect_arguments("loader")
        self._connection: psycopg.Connection[Any] | None = None

    def write(self, statements: Iterable[Statement]) -> None:
        """Run statements as one transaction; they must be harmless to repeat."""
        todo = list(statements)

        def run(connection: psycopg.Connection[Any]) -> None:
            with connection.transaction():
                for statement, values in todo:
                    connection.execute(statement, values)  # type: ignore[arg-type]

        self._retrying(run)

    def read(self, query: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        found: list[tuple[Any, ...]] = []

        def run(connection: psycopg.Connection[Any]) -> None:
            found[:] = connection.execute(query, values).fetchall()  # type: ignore[arg-type]

        self._retrying(run)
        return found

    def close(self) -> None:
        """Close the connection; harmless to repeat."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _retrying(self, run: Any) -> None:
        try:
            for attempt in stamina.retry_context(
                on=psycopg.OperationalError, timeout=self._retry_for_s, attempts=None, wait_max=2.0
            ):
                with attempt:
                    self._run(run)
        except psycopg.OperationalError as error:
            raise UserError(
                f"PostgreSQL at {self._settings.host}:{self._settings.port} did not do its work",
                why=str(error).strip().splitlines()[0],
                fix="see `make doctor` and `make ps`; RESUME=1 continues the night",
            ) from None

    def _run(self, run: Any) -> None:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(**self._arguments, autocommit=True)  # type: ignore[arg-type]
        try:
            run(self._connection)
        except psycopg.OperationalError:
            self.close()
            raise
