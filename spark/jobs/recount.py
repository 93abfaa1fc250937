"""A night's messages judged once more from bronze, by the rules of the live count.

Raw events do not cross the driver: reduced rows do, and those that hold a number twice. Values of
rejected messages stay where they are, bronze has them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import polars as pl
from pyspark import StorageLevel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from election.topics import INPUT_TOPICS
from spark.jobs.bronze_night import BronzeNight, Offsets, Slice
from spark.jobs.counting import fetch_dirty, reduced_rows
from spark.tally.tally import Claims, Tally
from spark.transforms.dimensions import DimensionTable
from spark.transforms.parse import parse
from spark.transforms.reduce import prepare
from spark.transforms.rules import NightRules
from spark.transforms.validate import validate

MOST_PER_BATCH = 500_000
_SCHEMA = {
    "topic_no": pl.Int8,
    "kafka_partition": pl.Int32,
    "kafka_offset": pl.Int64,
    "refusal": pl.String,
}


@dataclass(frozen=True)
class NotCounted:
    """Messages that no total has, by place: rejected ones with their reason, and duplicates."""

    rejected: pl.DataFrame
    duplicates: pl.DataFrame

    @property
    def all(self) -> pl.DataFrame:
        """Return both."""
        return pl.concat([self.rejected, self.duplicates])


class Recount:
    """Hands out a night's messages, validated, in the order of their coming."""

    def __init__(self, bronze: BronzeNight, table: DimensionTable, rules: NightRules) -> None:
        self._bronze, self._table, self._rules = bronze, table, rules

    def validated(self, start: Offsets, end: Offsets) -> DataFrame:
        """Return messages with the verdict, as `validate` leaves them."""
        return validate(parse(self._bronze.read(start, end), self._rules), self._table, self._rules)

    @contextmanager
    def prepared(self, one: Slice) -> Iterator[DataFrame]:
        """Give a slice ready to reduce, kept for as long as the exact pass may want it."""
        rows = prepare(self.validated(one.start, one.end))
        # The values of rejected messages travel in this column.
        rows = rows.withColumn("fact", F.expr("case when reason is null then fact end"))
        kept = rows.persist(StorageLevel.MEMORY_AND_DISK)
        try:
            yield kept
        finally:
            kept.unpersist()

    def not_counted(
        self, dimension_counts: dict[str, int], *, most: int = MOST_PER_BATCH
    ) -> NotCounted:
        """Judge everything, and return what is not counted."""
        tally = Tally(Claims(), dimension_counts)
        rejected: list[tuple[int, int, int, str]] = []
        duplicates: list[tuple[int, int, int, None]] = []
        numbers = {topic: i for i, topic in enumerate(INPUT_TOPICS)}
        for one in self._bronze.slices(most):
            with self.prepared(one) as prepared:
                batch = tally.take(reduced_rows(prepared), partial(fetch_dirty, prepared))
            rejected += [(numbers[r.topic], r.partition, r.offset, r.reason)
                         for r in batch.rejected]  # fmt: skip
            duplicates += [(numbers[t], p, offset, None) for t, p, offset in batch.duplicates]
        return NotCounted(
            pl.DataFrame(rejected, schema=_SCHEMA, orient="row"),
            pl.DataFrame(duplicates, schema=_SCHEMA, orient="row"),
        )
