"""Segments of a ledger: each starts with a snapshot, the sum of all before it (pure).

A snapshot is made beside the count, and is there some seconds after its segment's first entry, or
never, if the process ended meanwhile. Until then the segment before has what is missing.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from spark.tally import rows as ledger
from spark.tally.rows import COUNT, conform


def since_snapshot(read: Callable[[int], pl.DataFrame], segment: int) -> pl.DataFrame:
    """Return the rows that add up to what a ledger says at the end of a segment.

    Args:
        read: Returns all rows of a segment.
        segment: The last of those that count.
    """
    parts = [read(segment)]
    while segment and not parts[-1]["is_snapshot"].any():
        segment -= 1
        parts.append(read(segment))
    return pl.concat(reversed(parts))


def summed(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return fewer rows with the same sums: what a segment starts with."""
    sheets = rows.filter(pl.col("kind") == ledger.SHEET)
    keys = ["kind", "topic", "kafka_partition"]
    cell = ["kind", "topic", "region_id", "age_band", "sex", "education"]
    spans = [pl.col("first_offset").min(), pl.col("last_offset").max()]
    total = pl.col("messages").sum()
    if name == COUNT:
        cell.append("party_abbreviation")
        seat = ["constituency_id", "candidate_id", "rejection_reason"]
        hour = pl.col("counted_at").dt.truncate("1h").alias("hour")
        sums = sheets.group_by(*keys, *seat, hour).agg(total, *spans, pl.col("counted_at").min())
        # The newest counting time of each seat, on a row that counts nothing.
        newest = sheets.group_by(*keys, "constituency_id").agg(
            pl.col("counted_at").max(), pl.lit(0, pl.Int64).alias("messages"), *spans
        )
        parts = [sums.drop("hour"), newest]
    else:
        parts = [sheets.group_by(*keys, "source", "method", "hour_start_at").agg(total, *spans)]
    words = rows.filter(pl.col("kind").is_in([ledger.NUMBERS, ledger.ELECTORS]))
    accounts = rows.filter(pl.col("kind") == ledger.ACCOUNT)
    classes = ("messages", "accepted", "late", "duplicate", "rejected")
    parts += [
        words.group_by("kind", "topic", "source", "word").agg(
            pl.col("bits").bitwise_or(), total
        ),
        rows.filter(pl.col("kind") == ledger.CELL).group_by(cell).agg(total),
        accounts.group_by(keys).agg(
            *(pl.col(c).sum() for c in classes), *spans,
            pl.col("first_produced_at").min(), pl.col("last_produced_at").max(),
        ),
        rows.filter(pl.col("kind") == ledger.FACT),
    ]  # fmt: skip
    return conform([part for part in parts if len(part)], name)
