"""A count without a broker: ledgers in a folder, batches of a handmade log."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession
from support.bronze_log import RULES, log_messages
from support.events import NIGHT_ID
from support.handmade_log import Log, Message

from spark.blocks.dimensions import Dimensions, dimension_counts
from spark.jobs.count_beside import Places
from spark.jobs.counting import Count
from spark.jobs.paths import LakePaths
from spark.tally.comparison import sums_of
from spark.tally.ledger import Ledger
from spark.tally.rows import COUNT, TURNOUT
from spark.transforms.judging import Judging


def dimensions_of(log: Log) -> tuple[Dimensions, dict[str, int]]:
    """Return the seats and candidates of a log as its author means them, and their counts."""
    dimensions = Dimensions()
    for fact in log.counted("constituencies"):
        dimensions.add_seat(fact)
    for fact in log.counted("candidates"):
        dimensions.add_candidate(fact)
    return dimensions, dimension_counts(log.counted("ballot_accounts"))


class Counting:
    """One process of the live count, up to its end or its death."""

    def __init__(self, spark: SparkSession, folder: Path, log: Log) -> None:
        self._spark, self._log = spark, log
        self._places = Places(LakePaths(str(folder)), NIGHT_ID)
        self.dimensions, counts = dimensions_of(log)
        judging = Judging.of(spark, self.dimensions, RULES)
        self.ledgers = {
            name: Ledger(LakePaths(str(folder)).ledger(NIGHT_ID, name), name, NIGHT_ID)
            for name in (TURNOUT, COUNT)
        }
        self.count = Count(self.ledgers, judging, self.dimensions, counts)

    def take(self, messages: Iterable[Message], as_of: datetime | None = None) -> None:
        """Count a batch."""
        self.count.take(log_messages(self._spark, self._log, messages), as_of=as_of)

    def snapshot(self) -> None:
        """Let the next batch start new segments."""
        for one in self.ledgers.values():
            if one.has_tail():
                one.snapshot(datetime.now(UTC))

    def sums(self) -> dict[str, dict[Any, Any]]:
        """Return what the ledgers on disk come to."""
        return sums_of(*self._places.sum(NIGHT_ID, self.dimensions))

    def reasons(self) -> dict[tuple[str, int, int], str]:
        """Return the reason of every rejection, by its place."""
        _, rejections = self._places.sum(NIGHT_ID, self.dimensions)
        columns = ["topic", "kafka_partition", "first_offset", "reason"]
        return {(t, p, offset): why for t, p, offset, why in rejections.select(columns).iter_rows()}


def count_log(
    spark: SparkSession, folder: Path, log: Log, batches: Iterable[list[Message]] | None = None
) -> Counting:
    """Count a whole log into the folder's ledgers, at once or in batches."""
    counting = Counting(spark, folder, log)
    for batch in batches or [log.messages]:
        counting.take(batch)
    return counting
