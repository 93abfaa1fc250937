"""Bronze: every message as it landed, with its offset, every twenty seconds.

Where to go on is read from the table itself, so that no checkpoint can be lost. Of messages that
secrecy or the time refuses, and of undecodable ones where choices are named, only hash and length
are kept.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping

import deltalake as dl
import polars as pl
from pyspark.sql import DataFrame, SparkSession

from election.acceptance import HASH_ONLY_REASONS
from election.errors import UserError
from election.settings import BrokerSettings
from election.telemetry import get_logger
from election.topics import INPUT_TOPICS, event_of
from spark.blocks.rules import NightRules
from spark.broker import Broker
from spark.jobs.paths import LakePaths
from spark.schemas import topic_number
from spark.sources import kafka_batch, start_of
from spark.transforms.judging import refuse

MOST_PER_PARTITION = 100_000
LAST_LANDINGS_S = 15.0  # the process is given half a minute to end
Partition = tuple[str, int]


def bronze_rows(messages: DataFrame, rules: NightRules, night_id: str) -> DataFrame:
    """Return the rows that bronze keeps of messages with a broker's timestamp."""
    judged = refuse(messages, rules)
    choices = ", ".join(
        str(topic_number(topic)) for topic in INPUT_TOPICS if event_of(topic).names_a_choice
    )
    reasons = ", ".join(f"'{reason}'" for reason in sorted(HASH_ONLY_REASONS))
    # Never null: of what is neither withheld nor kept nothing would be left.
    refused_as = "coalesce(refused_as, '')"
    withheld = (
        f"({refused_as} in ({reasons}) or ({refused_as} = 'malformed' and topic_no in ({choices})))"
    )
    names = ", ".join(f"'{topic}'" for topic in INPUT_TOPICS)
    return judged.selectExpr(
        f"'{night_id}' night_id",
        f"element_at(array({names}), topic_no + 1) topic",
        "kafka_partition",
        "kafka_offset",
        "kafka_timestamp",
        "cast(message_key as binary) key",
        f"case when not {withheld} then cast(text as binary) end value",
        f"case when {withheld} then sha2(cast(text as binary), 256) end value_sha256",
        "octet_length(text) value_length",
        "refused_as",
    )


class Bronze:
    """Lands messages; one writer a night."""

    def __init__(
        self, spark: SparkSession, settings: BrokerSettings, rules: NightRules, paths: LakePaths,
        night_id: str,
    ) -> None:  # fmt: skip
        self._spark, self._settings, self._rules = spark, settings, rules
        self._path = paths.table("bronze", "messages")
        self._night_id = night_id
        self._next = start_of() | next_offsets(self._path, night_id)
        self._broker = Broker(settings)

    def land(self) -> int:
        """Land what is there, up to a limit; return how many messages that was."""
        end = {
            p: min(last, self._next[p] + MOST_PER_PARTITION)
            for p, (_, last) in self._broker.watermarks().items()
        }
        moved = {p for p, offset in end.items() if offset > self._next[p]}
        if not moved:
            return 0
        start = {p: self._next[p] for p in moved}
        messages = kafka_batch(self._spark, self._settings, self._filled(start), self._filled(
            {p: end[p] for p in moved}))  # fmt: skip
        self._write(bronze_rows(messages.coalesce(1), self._rules, self._night_id), end)
        came = sum(end[p] - self._next[p] for p in moved)
        self._next |= end
        return came

    def close(self) -> None:
        """Close the connection to the broker."""
        self._broker.close()

    def _filled(self, offsets: dict[Partition, int]) -> dict[Partition, int]:
        """Name every partition of each topic, as Spark's source asks for; others stay put."""
        topics = {topic for topic, _ in offsets}
        stay = {p: offset for p, offset in self._next.items() if p[0] in topics}
        return stay | offsets

    def _write(self, rows: DataFrame, end: Mapping[Partition, int]) -> None:
        (
            rows.write.format("delta")
            .mode("append")
            .partitionBy("night_id", "topic")
            # Writing the same offsets a second time is refused by the table.
            .option("txnAppId", f"bronze/{self._night_id}")
            .option("txnVersion", str(sum(end.values())))
            .save(self._path)
        )


def next_offsets(path: str, night_id: str) -> dict[Partition, int]:
    """Return the next offset to land, by topic and partition, from what bronze holds.

    Raises:
        UserError: bronze has a gap.
    """
    if not dl.DeltaTable.is_deltatable(path):
        return {}
    table = dl.DeltaTable(path).to_pyarrow_table(
        filters=[("night_id", "=", night_id)],
        columns=["topic", "kafka_partition", "kafka_offset"],
    )
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    found = frame.group_by("topic", "kafka_partition").agg(
        pl.len().alias("n"), pl.col("kafka_offset").max().alias("last")
    )
    return checked_offsets(found.iter_rows())


def checked_offsets(found: Iterable[tuple[str, int, int, int]]) -> dict[Partition, int]:
    """Return next offsets from (topic, partition, messages, newest offset).

    Raises:
        UserError: fewer messages than offsets.
    """
    next_offsets = {}
    for topic, partition, n, last in found:
        if n != last + 1:
            raise UserError(
                f"bronze does not hold topic {topic} partition {partition} whole",
                why=f"{n} messages up to offset {last}",
                fix="delete the bronze folder of the lake: it is landed again from the broker",
            )
        next_offsets[topic, partition] = last + 1
    return next_offsets


class BronzeLoop:
    """Lands bronze in a thread of its own, at an interval, and once more at the end."""

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
            while not self._ended.wait(self._every_s):
                came = self._bronze.land()
                get_logger().debug("bronze", messages=came)
            self._land_the_rest()
        except BaseException as error:
            self._failure = error
