"""The marts at one moment: what every file is made of, whichever warehouse they are in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, Protocol, TypeVar

from election.errors import UserError
from election.settings import (
    BigQuerySettings,
    PostgresSettings,
    StorageSettings,
    read_settings,
)
from exports import about
from exports.about import About

# Of most marts the edition that passed every check; the rest say how the night goes, and have none.
PUBLISHED, LIVE = "published", "marts"
Rows = list[dict[str, Any]]
Made = TypeVar("Made")


class Snapshot(ABC):
    """The marts at one moment: everything read from one snapshot belongs together."""

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
        found = self._columns(self._schema_of(mart), mart)
        if not found:
            names = ", ".join(sorted(self._names(LIVE)))
            raise UserError(
                f"MART={mart} cannot be exported",
                why=f"marts are: {names}" if names else "no mart has been built yet",
                fix="name one of these" if names else "run make demo first",
            )
        return found

    def rows(self, mart: str, columns: Sequence[str], order_by: Sequence[str] = ()) -> Rows:
        """Return the rows of a mart's edition by column name; live ones where there is none."""
        return self._rows(self._schema_of(mart), mart, columns, order_by)

    def _schema_of(self, mart: str) -> str:
        return PUBLISHED if mart in self._published else LIVE

    @cached_property
    def _published(self) -> frozenset[str]:
        return frozenset(self._names(PUBLISHED))

    @abstractmethod
    def _rows(
        self, schema: str, mart: str, columns: Sequence[str], order_by: Sequence[str] = ()
    ) -> Rows:
        """Return rows of a table by column name."""

    @abstractmethod
    def _columns(self, schema: str, mart: str) -> dict[str, str]:
        """Return a table's columns with their types; none where there is no such table."""

    @abstractmethod
    def _names(self, schema: str) -> list[str]:
        """Return the names of a schema's tables."""


class Marts(Protocol):
    """Where marts are read; between two looks so many seconds apart there may be nothing new."""

    update_s: float

    def read(self, make: Callable[[Snapshot], Made]) -> Made:
        """Return what is made of the marts as they are now, unchanged until it is made.

        Raises:
            UserError: they cannot be read, or what `make` raises.
        """
        ...


def open_marts() -> Marts:
    """Return the marts of the warehouse that the settings ask for.

    Raises:
        UserError: BigQuery is asked for and cannot be reached as described.
    """
    if read_settings(StorageSettings).is_bigquery:
        from exports.marts_bigquery import BigQueryMarts

        return BigQueryMarts(read_settings(BigQuerySettings))
    from exports.marts_postgres import PostgresMarts

    return PostgresMarts(read_settings(PostgresSettings))
