"""A night's messages judged once more, by the rules of the live count.

Raw events do not cross the driver: reduced rows do, and those that hold a number twice. Values of
rejected messages stay where they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
from pyspark.sql import DataFrame

from election.topics import INPUT_TOPICS
from spark.jobs.night_log import NightLog, Offsets, Slice
from spark.tally.tally import Claims, Tally
from spark.transforms.judging import Judging

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
    """Hands out a night's messages in the order of their coming, and judges them."""

    def __init__(self, log: NightLog, judging: Judging) -> None:
        self._log, self._judging = log, judging

    def verdicts(self, start: Offsets, end: Offsets) -> DataFrame:
        """Return messages with the verdict on each."""
        return self._judging.verdicts(self._log.read(start, end))

    def messages(self, one: Slice) -> DataFrame:
        """Return a slice as a batch of the count."""
        return self._log.read(one.start, one.end)

    def not_counted(
        self, dimension_counts: dict[str, int], *, most: int = MOST_PER_BATCH
    ) -> NotCounted:
        """Judge everything, and return what is not counted."""
        tally = Tally(Claims(), dimension_counts)
        rejected: list[tuple[int, int, int, str]] = []
        duplicates: list[tuple[int, int, int, None]] = []
        numbers = {topic: i for i, topic in enumerate(INPUT_TOPICS)}
        for one in self._log.slices(most):
            messages = self.messages(one)
            judged = self._judging.take(messages)
            batch = tally.take(judged.reduced, judged.holding)
            rejected += [(numbers[r.topic], r.partition, r.offset, r.reason)
                         for r in batch.rejected]  # fmt: skip
            duplicates += [(numbers[t], p, offset, None) for t, p, offset in batch.duplicates]
        return NotCounted(
            pl.DataFrame(rejected, schema=_SCHEMA, orient="row"),
            pl.DataFrame(duplicates, schema=_SCHEMA, orient="row"),
        )
