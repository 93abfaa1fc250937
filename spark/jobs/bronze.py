"""Bronze: every message as it landed, with its offset, every twenty seconds.

Where to go on is read from the table itself, so that no checkpoint can be lost. What is kept of a
message is `spark.blocks.landed`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from datetime import UTC, datetime

import polars as pl
from pyspark.sql import SparkSession

from election import crash_points
from election.errors import UserError
from election.settings import BrokerSettings
from election.telemetry import get_logger
from spark.blocks.rules import NightRules
from spark.broker import Broker
from spark.jobs.chain import ChainKeeper
from spark.jobs.paths import LakePaths
from spark.sinks.bronze_files import BronzeTable, Partition, write_files
from spark.sinks.chain_store import ChainStore
from spark.sinks.landings import Landings
from spark.sources import kafka_batch, start_of

MOST_PER_PARTITION = 100_000
# So many are landed in a fraction of a second: the count next to it hardly waits for a core.
ENOUGH_TO_LAND = 25_000
LOOK_EVERY_S = 1.0
LAST_LANDINGS_S = 15.0  # the process is given half a minute to end


class Bronze:
    """Lands messages; one writer a night."""

    def __init__(
        self, spark: SparkSession, settings: BrokerSettings, rules: NightRules, paths: LakePaths,
        night_id: str, chain: ChainStore, landings: Landings, *, epoch: int,
    ) -> None:  # fmt: skip
        self._spark, self._settings, self._rules = spark, settings, rules
        self._night_id, self._epoch = night_id, epoch
        self._table = BronzeTable(paths.table("bronze", "messages"), night_id, epoch=epoch)
        self._next = start_of() | next_offsets(self._table.held())
        self._landings = landings
        landings.settle(self._next, datetime.now(UTC))
        self._chain = ChainKeeper(night_id, chain, self._table.path, self._next)
        self._broker = Broker(settings)

    def land(self) -> int:
        """Land what is there, up to a limit; return how many messages that was."""
        end = {
            p: min(last, self._next[p] + MOST_PER_PARTITION)
            for p, (_, last) in self._look().items()
        }
        moved = {p for p, offset in end.items() if offset > self._next[p]}
        if not moved:
            return 0
        start, started_at = {p: self._next[p] for p in moved}, datetime.now(UTC)
        messages = kafka_batch(
            self._spark, self._settings, self._filled(start),
            self._filled({p: end[p] for p in moved}), group="bronze",
        )  # fmt: skip
        # One task: the count has the other cores meanwhile.
        files = write_files(messages.coalesce(1), self._rules, self._table.path, self._night_id)
        came = sum(end[p] - self._next[p] for p in moved)
        if sum(file.rows for file in files) != came:
            raise UserError(
                "the broker did not give bronze every message that it has",
                why=f"{sum(file.rows for file in files):,} of {came:,} came",
                fix="start the stage again: nothing of this landing was kept",
            )
        crash_points.reached("bronze.files_written")
        self._table.commit(files, sum(end.values()))
        crash_points.reached("bronze.committed")
        self._next |= end
        self._landings.write(end, started_at, datetime.now(UTC))
        crash_points.reached("bronze.landed")
        self._chain.extend(files)
        return came

    def waiting(self) -> int:
        """Return how many messages there are to land."""
        return sum(max(0, last - self._next[p]) for p, (_, last) in self._look().items())

    def close(self) -> None:
        """Close the connections to the broker, of the books and of the chain."""
        self._broker.close()
        self._landings.close()
        self._chain.close()

    def _look(self) -> dict[Partition, tuple[int, int]]:
        """Return first and next offset of every partition, having noted them."""
        marks = self._broker.watermarks()
        self._landings.see(marks, datetime.now(UTC), self._epoch)
        return marks

    def _filled(self, offsets: dict[Partition, int]) -> dict[Partition, int]:
        """Name every partition of each topic, as Spark's source asks for; others stay put."""
        topics = {topic for topic, _ in offsets}
        stay = {p: offset for p, offset in self._next.items() if p[0] in topics}
        return stay | offsets


def next_offsets(held: pl.DataFrame) -> dict[Partition, int]:
    """Return the next offset to land, by topic and partition, from what bronze holds.

    Args:
        held: (topic, kafka_partition, kafka_offset) of every message.

    Raises:
        UserError: bronze has a gap.
    """
    found = held.group_by("topic", "kafka_partition").agg(
        pl.len().alias("n"),
        pl.col("kafka_offset").n_unique().alias("distinct"),
        pl.col("kafka_offset").max().alias("last"),
    )
    return checked_offsets(found.iter_rows())


def checked_offsets(found: Iterable[tuple[str, int, int, int, int]]) -> dict[Partition, int]:
    """Return next offsets from (topic, partition, messages, distinct offsets, newest offset).

    Raises:
        UserError: an offset is missing, or there twice.
    """
    next_offsets = {}
    for topic, partition, n, distinct, last in found:
        if not n == distinct == last + 1:
            raise UserError(
                f"bronze does not hold topic {topic} partition {partition} whole",
                why=f"{n} messages of {distinct} offsets up to {last}",
                fix="delete the bronze folder of the lake: it is landed again from the broker",
            )
        next_offsets[topic, partition] = last + 1
    return next_offsets


class BronzeLoop:
    """Lands bronze in a thread of its own, at an interval or when much came, and at the end."""

    def __init__(self, bronze: Bronze, *, every_s: float) -> None:
        self._bronze = bronze
        self._every_s = every_s
        self._ended = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="bronze", daemon=True)

    def start(self) -> None:
        """Start landing."""
        self._thread.start()

    def stop(self) -> None:
        """Land what is left, and end."""
        self._ended.set()
        self._thread.join(timeout=60)
        self._bronze.close()

    def raise_if_failed(self) -> None:
        """Raise what stopped the loop, if something did."""
        if self._failure is not None:
            raise self._failure

    def _land_the_rest(self) -> None:
        """A landing has a limit: what came in a rush needs several."""
        until = time.monotonic() + LAST_LANDINGS_S
        while self._bronze.land() and time.monotonic() < until:
            pass

    def _run(self) -> None:
        try:
            landed_at = time.monotonic()
            while not self._ended.wait(min(LOOK_EVERY_S, self._every_s)):
                is_due = time.monotonic() - landed_at >= self._every_s
                if is_due or self._bronze.waiting() >= ENOUGH_TO_LAND:
                    landed_at = time.monotonic()
                    came = self._bronze.land()
                    get_logger().debug("bronze", messages=came)
            self._land_the_rest()
        except BaseException as error:
            self._failure = error
