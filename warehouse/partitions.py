"""Which partitions of BigQuery's tables the rows of one night are in (pure).

A statement that does not name them reads every day that a table has.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from election.bigquery import first_day
from election.tables import Table

POLLING_DATE = "polling_date"


@dataclass(frozen=True)
class Days:
    """The day of a night's poll, and the first on which anybody wrote a row of the night."""

    polling: date
    first: date

    @classmethod
    def of(cls, night_id: str, polling_date: date) -> Days:
        """Return the days of a night."""
        return cls(polling_date, first_day(night_id))

    def condition(self, table: Table, alias: str = "") -> str:
        """Return what a row of the night fulfils, `true` for a table without partitions.

        Literals, because a partition must be known before a statement runs.
        """
        if table.partition_day is None:
            return "true"
        column = f"{alias}.{table.partition_day}" if alias else table.partition_day
        if table.partition_day == POLLING_DATE:
            return f"{column} = date '{self.polling.isoformat()}'"
        return since(column, self.first)


def since(column: str, day: date) -> str:
    """Return the condition that a time is of a day or later, UTC."""
    return f"{column} >= timestamp '{day.isoformat()}'"
