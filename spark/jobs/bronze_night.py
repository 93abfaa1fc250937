"""One night as bronze holds it at one version: how far it goes, and its messages in batches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

import deltalake as dl
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from election.errors import UserError
from election.topics import INPUT_TOPICS
from spark.blocks.dimensions import Dimensions
from spark.blocks.rules import NightRules
from spark.jobs.bronze import Partition, checked_offsets
from spark.jobs.dimensions import READ_FROM, NotComplete, accept_dimensions
from spark.jobs.paths import LakePaths
from spark.sources import bronze_batch, start_of

Offsets = dict[Partition, int]
WINDOWS = 2_000


@dataclass(frozen=True)
class Slice:
    """Messages that came one after the other: offsets, and when the newest of them was there."""

    start: Offsets
    end: Offsets
    as_of: datetime

    @property
    def messages(self) -> int:
        """How many there are."""
        return sum(self.end[p] - self.start[p] for p in self.end)


class BronzeNight:
    """Reads one night from one version of bronze, whatever is landed meanwhile.

    Raises:
        UserError: bronze does not hold this night, or has a gap.
    """

    def __init__(self, spark: SparkSession, paths: LakePaths, night_id: str) -> None:
        self.path, self.night_id = paths.table("bronze", "messages"), night_id
        self._spark = spark
        if not dl.DeltaTable.is_deltatable(self.path):
            raise _nothing(night_id, f"there is no table at {self.path}")
        self.version = dl.DeltaTable(self.path).version()
        by_partition = self.rows().groupBy("topic", "kafka_partition")
        offset = F.col("kafka_offset")
        rows = by_partition.agg(F.count("*"), F.count_distinct(offset), F.max(offset))
        found = [tuple(row) for row in rows.collect()]
        if not found:
            raise _nothing(night_id, f"version {self.version} has no message of it")
        self.next_offsets: Offsets = start_of() | checked_offsets(found)

    def read(self, start: Offsets, end: Offsets) -> DataFrame:
        """Return the messages between two sets of offsets, as every source hands them on."""
        return bronze_batch(self._spark, self.path, self.version, self.night_id, start, end)

    def topics(self, *topics: str) -> DataFrame:
        """Return every message of some topics."""
        end = {p: offset for p, offset in self.next_offsets.items() if p[0] in topics}
        return self.read(dict.fromkeys(end, 0), end)

    def dimensions(self, rules: NightRules) -> tuple[Dimensions, dict[str, int]]:
        """Return the accepted dimensions, and how many there are of each.

        Raises:
            UserError: bronze does not hold all of them yet.
        """
        try:
            return accept_dimensions(self._spark, self.topics(*READ_FROM), rules)
        except NotComplete as so_far:
            raise UserError(
                "bronze does not hold the whole register of seats and candidates yet",
                why=str(so_far),
                fix="try again when the live count has landed them: a minute after its start",
            ) from None

    def slices(self, most: int) -> Iterator[Slice]:
        """Yield all messages in the order of their coming, about `most` at a time."""
        here = dict.fromkeys(self.next_offsets, 0)
        end, waiting, as_of = dict(here), 0, datetime.fromtimestamp(0, UTC)
        for moment, of_window in self._windows():
            end |= {p: max(end[p], last + 1) for p, last in of_window.items()}
            waiting, as_of = sum(end[p] - here[p] for p in end), moment
            if waiting >= most:
                yield from _bounded(Slice(here, dict(end), as_of), most)
                here, waiting = dict(end), 0
        if waiting:
            yield from _bounded(Slice(here, dict(end), as_of), most)

    def _windows(self) -> list[tuple[datetime, Offsets]]:
        """Return, by window of the broker's time, the newest offset of each partition."""
        rows = self.rows().selectExpr(
            "topic", "kafka_partition", "kafka_offset", "unix_micros(kafka_timestamp) at"
        )
        first, last = rows.selectExpr("min(at)", "max(at)").collect()[0]
        width = max(1_000_000, (last - first) // WINDOWS + 1)
        found = (
            rows.selectExpr("*", f"cast((at - {first}) div {width} as bigint) window")
            .groupBy("window", "topic", "kafka_partition")
            .agg(F.max("at"), F.max("kafka_offset"))
            .collect()
        )
        newest: dict[int, int] = defaultdict(int)
        offsets: dict[int, Offsets] = defaultdict(dict)
        for window, topic, partition, at, last_offset in found:
            newest[window] = max(newest[window], at)
            offsets[window][topic, partition] = last_offset
        return [(_utc(newest[window]), offsets[window]) for window in sorted(newest)]

    def rows(self) -> DataFrame:
        """Return the night's rows as bronze has them."""
        return (
            self._spark.read.format("delta")
            .option("versionAsOf", str(self.version))
            .load(self.path)
            .where(f"night_id = '{self.night_id}'")
        )


def _bounded(one: Slice, most: int) -> Iterator[Slice]:
    """Cut what came within one window and is too much."""
    parts = -(-one.messages // most) if one.messages >= 2 * most else 1
    cuts = [
        {p: one.start[p] + (one.end[p] - one.start[p]) * i // parts for p in one.end}
        for i in range(parts + 1)
    ]
    for start, end in pairwise(cuts):
        yield Slice(start, end, one.as_of)


def _utc(micros: int) -> datetime:
    return datetime.fromtimestamp(micros / 1_000_000, UTC)


def _nothing(night_id: str, why: str) -> UserError:
    return UserError(
        f"bronze holds no message of night {night_id}",
        why=why,
        fix="hold a night first (make demo); the live count lands bronze every twenty seconds",
    )


def by_topic(offsets: Offsets) -> str:
    """Return offsets as a line for people: messages a topic."""
    sums = {t: sum(n for (topic, _), n in offsets.items() if topic == t) for t in INPUT_TOPICS}
    return ", ".join(f"{topic} {n:,}" for topic, n in sums.items())
