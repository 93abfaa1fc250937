"""One night's messages where they lie, up to offsets that stand still: in batches, in order."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from election.errors import UserError
from election.topics import INPUT_TOPICS
from spark.blocks.dimensions import Dimensions
from spark.blocks.rules import NightRules
from spark.jobs.dimensions import READ_FROM, NotComplete, accept_dimensions

Partition = tuple[str, int]
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


class NightLog(ABC):
    """Every message of a night from offset 0 on; where it lies is a subclass's business."""

    name: str
    """As in "made from <name>"."""

    def __init__(self, spark: SparkSession, next_offsets: Offsets) -> None:
        self._spark = spark
        self.next_offsets = next_offsets

    @abstractmethod
    def read(self, start: Offsets, end: Offsets) -> DataFrame:
        """Return the messages between two sets of offsets: MESSAGE_DDL and the broker's time."""

    def topics(self, *topics: str) -> DataFrame:
        """Return every message of some topics."""
        end = {p: offset for p, offset in self.next_offsets.items() if p[0] in topics}
        return self.read(dict.fromkeys(end, 0), end)

    def dimensions(self, rules: NightRules) -> tuple[Dimensions, dict[str, int]]:
        """Return the accepted dimensions, and how many there are of each.

        Raises:
            UserError: not all of them are there yet.
        """
        try:
            return accept_dimensions(self._spark, self.topics(*READ_FROM), rules)
        except NotComplete as so_far:
            raise UserError(
                f"{self.name} does not hold the whole register of seats and candidates yet",
                why=str(so_far),
                fix="try again when the live count has them: a minute after its start",
            ) from None

    def check_reach(self, counted: Mapping[Partition, int]) -> None:
        """Refuse a log that lacks messages which were counted.

        Raises:
            UserError: saying how many.
        """
        missing = sum(max(0, n - self.next_offsets.get(p, 0)) for p, n in counted.items())
        if missing:
            raise UserError(
                f"{self.name} does not hold everything that was counted",
                why=f"{missing:,} messages of the ledgers are not there",
                fix="continue the night (make demo RESUME=1): the live count lands them in bronze",
            )

    def slices(
        self, most: int, start: Offsets | None = None, end: Offsets | None = None
    ) -> Iterator[Slice]:
        """Yield messages in the order of their coming, about `most` at a time.

        Args:
            most: How many messages a slice has, about.
            start: Where to begin; None for the beginning.
            end: Where to stop; None for the end of the log.
        """
        first, last = start or dict.fromkeys(self.next_offsets, 0), end or self.next_offsets
        here, until, waiting = first, dict(first), 0
        as_of = datetime.fromtimestamp(0, UTC)
        for moment, of_window in self._windows(first, last):
            until |= {p: max(until[p], newest + 1) for p, newest in of_window.items()}
            waiting, as_of = sum(until[p] - here[p] for p in until), moment
            if waiting >= most:
                yield from _bounded(Slice(here, dict(until), as_of), most)
                here, waiting = dict(until), 0
        if waiting:
            yield from _bounded(Slice(here, dict(until), as_of), most)

    def _windows(self, start: Offsets, end: Offsets) -> list[tuple[datetime, Offsets]]:
        """Return, by window of the broker's time, the newest offset of each partition."""
        rows = self.read(start, end).selectExpr(
            "topic_no", "kafka_partition", "kafka_offset", "unix_micros(kafka_timestamp) at"
        )
        first, last = rows.agg(F.min("at"), F.max("at")).collect()[0]
        if first is None:
            return []
        width = max(1_000_000, (last - first) // WINDOWS + 1)
        found = (
            rows.selectExpr("*", f"cast((at - {first}) div {width} as bigint) window")
            .groupBy("window", "topic_no", "kafka_partition")
            .agg(F.max("at"), F.max("kafka_offset"))
            .collect()
        )
        newest: dict[int, int] = defaultdict(int)
        offsets: dict[int, Offsets] = defaultdict(dict)
        for window, topic, partition, at, last_offset in found:
            newest[window] = max(newest[window], at)
            offsets[window][INPUT_TOPICS[topic], partition] = last_offset
        return [(_utc(newest[window]), offsets[window]) for window in sorted(newest)]


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


def by_topic(offsets: Offsets) -> str:
    """Return offsets as a line for people: messages a topic."""
    sums = {t: sum(n for (topic, _), n in offsets.items() if topic == t) for t in INPUT_TOPICS}
    return ", ".join(f"{topic} {n:,}" for topic, n in sums.items())
