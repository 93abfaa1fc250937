"""PostgreSQL over a connection that comes back when the server does."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import psycopg
import stamina

from election.errors import PassingError, first_line
from election.settings import PostgresSettings

RETRY_FOR_S = 90.0
WAIT_AT_MOST_S = 2.0
Given = TypeVar("Given")


def tries(for_s: float = RETRY_FOR_S) -> Iterable[stamina.Attempt]:
    """Give tries of what a lost connection may break off, with jittered pauses, for so long."""
    return stamina.retry_context(
        on=psycopg.OperationalError, timeout=for_s, attempts=None, wait_max=WAIT_AT_MOST_S
    )


class Postgres:
    """Does work as one role; what a lost connection broke off is done again, with jitter.

    Not for several threads: each has its own, see `beside`.
    """

    def __init__(
        self,
        settings: PostgresSettings,
        role: str,
        *,
        retry_for_s: float = RETRY_FOR_S,
        then: str,
    ) -> None:
        """Connect to nothing yet.

        Args:
            settings: Where the server is.
            role: As whom: app, loader, transform or reader.
            retry_for_s: Seconds after which work that does not pass is given up.
            then: What a person is told to do about it, beside looking whether the server is up.

        Raises:
            UserError: the role's password is not in the environment.
        """
        self._settings = settings
        self._role = role
        self._arguments = settings.connect_arguments(role)
        self._retry_for_s = retry_for_s
        self._then = then
        self._connection: psycopg.Connection[Any] | None = None

    def run(self, work: Callable[[psycopg.Connection[Any]], Given]) -> Given:
        """Return what work gives; it must be harmless to repeat.

        The connection commits by itself: what belongs together opens a transaction.

        Raises:
            PassingError: PostgreSQL did not do it within the limit.
        """
        try:
            for attempt in tries(self._retry_for_s):
                with attempt:
                    return self._once(work)
        except psycopg.OperationalError as error:
            raise PassingError(
                f"PostgreSQL at {self._settings.host}:{self._settings.port} did not do its work",
                why=first_line(error),
                fix=f"see `make doctor` and `make ps`; {self._then}",
            ) from None
        raise AssertionError("unreachable: an attempt returns or raises")

    def beside(self) -> Postgres:
        """Return the same on a connection of its own, for another thread."""
        return Postgres(self._settings, self._role, retry_for_s=self._retry_for_s, then=self._then)

    def close(self) -> None:
        """Close the connection; harmless to repeat."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _once(self, work: Callable[[psycopg.Connection[Any]], Given]) -> Given:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(**self._arguments, autocommit=True)  # type: ignore[arg-type]
        try:
            return work(self._connection)
        except psycopg.OperationalError:
            self.close()
            raise
