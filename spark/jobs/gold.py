"""Gold: the live tables as the tally ledgers add them up, now or as of a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import deltalake as dl
import polars as pl

from election.errors import UserError
from election.settings import NightSettings
from election.tables import ANALYTICS, Table, Type
from spark.jobs.paths import LakePaths
from spark.sinks.shown import differing_rows
from spark.tally.history import History, Sum, dimensions_of, sum_as_of
from spark.tally.live_tables import live_rows
from spark.tally.rows import COUNT, TURNOUT

Row = dict[str, Any]
_TYPES: dict[Type, Any] = {
    Type.TEXT: pl.String,
    Type.BIGINT: pl.Int64,
    Type.DATE: pl.Date,
    Type.TIMESTAMP: pl.Datetime("us", "UTC"),
}
_WRITER = dl.WriterProperties(compression="ZSTD", compression_level=3)


def gold_tables(
    night: NightSettings, paths: LakePaths, moment: datetime | None = None
) -> tuple[Sum, dict[str, pl.DataFrame]]:
    """Return every live table as the ledgers add up at a time; None for now.

    Args:
        night: Which night.
        paths: Where the lake is.
        moment: Wall clock: what was counted until then.

    Raises:
        UserError: the night has no ledgers, or not yet all seats and candidates.
    """
    places = {name: paths.ledger(night.night_id, name) for name in (TURNOUT, COUNT)}
    if not dl.DeltaTable.is_deltatable(places[COUNT]):
        raise UserError(
            f"night {night.night_id} has no tally ledgers",
            why=f"there is no table at {places[COUNT]}",
            fix="start the live count: it writes them",
        )
    histories = {name: History(place, name) for name, place in places.items()}
    added = sum_as_of(histories, dimensions_of(histories[COUNT]), moment)
    rows = live_rows(added.totals, added.totals.everything())
    return added, {
        name: frame_of(ANALYTICS[name], of_table, night, added) for name, of_table in rows.items()
    }


def frame_of(table: Table, rows: list[Row], night: NightSettings, added: Sum) -> pl.DataFrame:
    """Return rows as the declared table, sorted by its cluster columns and its key."""
    common: Row = {
        "night_id": night.night_id,
        "election_id": night.election_id,
        "polling_date": night.polling_date,
        "as_of": added.as_of,
        "ledger_version": added.entry,
    }
    schema = {column.name: _TYPES[column.type] for column in table.columns}
    frame = pl.DataFrame([{**row, **common} for row in rows], schema=schema, orient="row")
    return frame.sort(list(dict.fromkeys((*table.cluster_by, *table.key))))


def gold_differences(
    paths: LakePaths, night_id: str, newest: int, wanted: Mapping[str, list[Row]]
) -> list[str]:
    """Return a line for each row of gold that is not as the ledgers say.

    Args:
        paths: Where the lake is.
        night_id: Which night.
        newest: Entry of the live ledgers; gold of an older one is not wrong, and left out.
        wanted: The rows of each live table.
    """
    lines: list[str] = []
    for name, rows in wanted.items():
        path = paths.table("gold", name)
        if not dl.DeltaTable.is_deltatable(path):
            continue
        held = pl.read_delta(path).filter(
            (pl.col("night_id") == night_id) & (pl.col("ledger_version") == newest)
        )
        if len(held):
            lines += differing_rows(replace(ANALYTICS[name], schema="gold"), held.to_dicts(), rows)
    return lines


def write_gold(paths: LakePaths, night_id: str, tables: dict[str, pl.DataFrame]) -> None:
    """Put a night's tables in place of what was there, one commit a table."""
    for name, frame in tables.items():
        path = paths.table("gold", name)
        if dl.DeltaTable.is_deltatable(path):
            dl.write_deltalake(
                path, frame.to_arrow(), mode="overwrite", predicate=f"night_id = '{night_id}'",
                writer_properties=_WRITER,
            )  # fmt: skip
        else:
            dl.write_deltalake(
                path, frame.to_arrow(), mode="error", partition_by=["night_id"],
                writer_properties=_WRITER,
            )  # fmt: skip
