"""Silver, quarantine and gold of one night, and a tidy lake: Spark's batch job.

Everything is made anew from one version of bronze and from the ledgers, so that a second run
gives the same. It needs neither broker nor PostgreSQL, and the live count may be running.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import polars as pl
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from election.settings import LakeSettings, NightSettings
from election.topics import INPUT_TOPICS
from spark.blocks.rules import NightRules
from spark.jobs.bronze_night import BronzeNight
from spark.jobs.gold import gold_tables, write_gold
from spark.jobs.night_log import Offsets, by_topic
from spark.jobs.paths import LakePaths
from spark.jobs.recount import NotCounted, Recount
from spark.jobs.tidying import delete_unused, tidy_ledgers, tidy_table
from spark.schemas import topic_number
from spark.session import open_session
from spark.tally.fold import Totals
from spark.transforms.judging import Judging
from spark.transforms.silver import order_of, silver

ROWS_PER_FILE = 2_000_000
QUARANTINE = "messages"
_PLACE = ["topic_no", "kafka_partition", "kafka_offset"]
_QUARANTINE_ORDER = ("topic", "kafka_partition", "kafka_offset")


def build_lake(night: NightSettings, lake: LakeSettings) -> Iterator[str]:
    """Make the night's silver, quarantine and gold, then tidy; yield a line about each.

    Raises:
        UserError: bronze or the ledgers do not hold the night.
    """
    spark = open_session(lake, f"tallyhouse lake {night.night_id}")
    try:
        yield from Lake(spark, night, LakePaths(lake.lake_path)).build()
    finally:
        spark.stop()


class Lake:
    """One run of the batch job over one night."""

    def __init__(self, spark: SparkSession, night: NightSettings, paths: LakePaths) -> None:
        self._spark, self._night, self._paths = spark, night, paths
        self._rules = NightRules.of(night.election_id, night.polling_date)

    def build(self) -> Iterator[str]:
        """Make all; yield a line about each part."""
        bronze = BronzeNight(self._spark, self._paths, self._night.night_id)
        yield f"bronze, version {bronze.version}, has messages: {by_topic(bronze.next_offsets)}"
        dimensions, counts = bronze.dimensions(self._rules)
        recount = Recount(bronze, Judging.of(self._spark, dimensions, self._rules))
        refused = recount.not_counted(counts)
        yield from self._silver(bronze, recount, refused.all)
        yield self._quarantine(bronze, refused)
        yield from self._gold(bronze.next_offsets)
        yield from self._tidy(bronze.path)

    def _silver(
        self, bronze: BronzeNight, recount: Recount, refused: pl.DataFrame
    ) -> Iterator[str]:
        for topic in INPUT_TOPICS:
            end = {p: offset for p, offset in bronze.next_offsets.items() if p[0] == topic}
            judged = recount.verdicts(dict.fromkeys(end, 0), end)
            lost = refused.filter(pl.col("topic_no") == topic_number(topic))
            accepted = judged.join(F.broadcast(self._frame(lost)), _PLACE, "left_anti")
            rows = silver(topic, accepted, self._rules, self._night.night_id)
            n = sum(end.values()) - len(lost)
            self._replace("silver", topic, rows, order_of(topic), n, bronze)
            yield f"silver {topic}: {n:,} rows"

    def _quarantine(self, bronze: BronzeNight, refused: NotCounted) -> str:
        """Write one row a rejected message; bytes or hash as bronze has them."""
        topics = ", ".join(f"'{topic}'" for topic in INPUT_TOPICS)
        few = self._frame(refused.rejected).withColumn(
            "topic", F.expr(f"element_at(array({topics}), topic_no + 1)")
        )
        place = ["topic", "kafka_partition", "kafka_offset"]
        rows = bronze.rows().join(F.broadcast(few), place).selectExpr(
            "night_id", *place, "kafka_timestamp", "refusal reason",
            "value", "value_sha256", "value_length",
        )  # fmt: skip
        n = len(refused.rejected)
        self._replace("quarantine", QUARANTINE, rows, _QUARANTINE_ORDER, n, bronze)
        return f"quarantine: {n:,} rows, and {len(refused.duplicates):,} duplicates left out"

    def _gold(self, in_bronze: Offsets) -> Iterator[str]:
        added, tables = gold_tables(self._night, self._paths)
        write_gold(self._paths, self._night.night_id, tables)
        rows = ", ".join(f"{name} {len(frame):,}" for name, frame in tables.items())
        yield f"gold of ledger entry {added.entry}: {rows}"
        if line := _apart(in_bronze, added.totals):
            yield line

    def _tidy(self, bronze: str) -> Iterator[str]:
        where = f"night_id = '{self._night.night_id}'"
        before, after = tidy_table(self._spark, bronze, where)
        for layer, names in (("silver", INPUT_TOPICS), ("quarantine", (QUARANTINE,))):
            for name in names:
                delete_unused(self._paths.table(layer, name))
        yield f"bronze compacted: {before} files -> {after}"
        yield tidy_ledgers(self._paths, self._night.night_id, datetime.now(UTC))

    def _frame(self, rows: pl.DataFrame) -> DataFrame:
        return self._spark.createDataFrame(rows.to_arrow())

    def _replace(
        self, layer: str, name: str, rows: DataFrame, order: Sequence[str], n: int,
        bronze: BronzeNight,
    ) -> None:  # fmt: skip
        """Put a night's rows in place of what was there, in one commit."""
        made_of = {"bronze_version": bronze.version, "messages": by_topic(bronze.next_offsets)}
        # By hash, not by range: that would decode every message twice, once for a sample.
        files = rows.repartition(1 + n // ROWS_PER_FILE, order[0])
        (
            files.sortWithinPartitions(*order)
            .write.format("delta")
            .mode("overwrite")
            .partitionBy("night_id")
            .option("replaceWhere", f"night_id = '{bronze.night_id}'")
            .option("userMetadata", json.dumps(made_of))
            .save(self._paths.table(layer, name))
        )


def _apart(in_bronze: Offsets, counted: Totals) -> str | None:
    """Say how far bronze, which silver is made of, and the ledgers, which gold is, differ."""
    behind = sum(max(0, counted.next_offset.get(p, 0) - n) for p, n in in_bronze.items())
    ahead = sum(max(0, n - counted.next_offset.get(p, 0)) for p, n in in_bronze.items())
    if not behind and not ahead:
        return None
    return f"silver and gold are apart: {behind:,} messages not landed, {ahead:,} not counted yet"
