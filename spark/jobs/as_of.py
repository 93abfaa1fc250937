"""A live table as it was at a time, from the ledgers alone."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from election.errors import UserError
from election.settings import LakeSettings, NightSettings
from election.tables import ANALYTICS
from spark.jobs.gold import gold_tables
from spark.jobs.paths import LakePaths


def table_as_of(
    night: NightSettings, lake: LakeSettings, moment: datetime, table: str
) -> pl.DataFrame:
    """Return one live table with what was counted until a time of the wall clock.

    Raises:
        UserError: there is no such table, or no ledger.
    """
    if table not in ANALYTICS:
        raise UserError(
            f"there is no live table {table}",
            why=f"there are {', '.join(ANALYTICS)}",
            fix="name one of these with --table",
        )
    _, tables = gold_tables(night, LakePaths(lake.lake_path), moment)
    return tables[table]


def parse_moment(text: str) -> datetime:
    """Return a time written as ISO 8601; without a zone it is UTC.

    Raises:
        UserError: it is not a time.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UserError(
            f"{text} is not a time",
            why="a date and a time are needed, by the wall clock of the count",
            fix="write it as 2026-11-25T02:00:00Z",
        ) from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def write_table(frame: pl.DataFrame, file: Path) -> None:
    """Write a table as its file's name ends: .csv or .parquet.

    Raises:
        UserError: it ends otherwise.
    """
    if file.suffix == ".parquet":
        frame.write_parquet(file)
    elif file.suffix == ".csv":
        frame.write_csv(file)
    else:
        raise UserError(
            f"{file.name} cannot be written",
            why="the name says neither .csv nor .parquet",
            fix="give it one of these endings",
        )
