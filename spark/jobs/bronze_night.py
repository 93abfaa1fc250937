"""One night as bronze holds it at one version, whatever is landed meanwhile."""

from __future__ import annotations

import deltalake as dl
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from election.errors import UserError
from spark.jobs.bronze import checked_offsets
from spark.jobs.night_log import NightLog, Offsets
from spark.jobs.paths import LakePaths
from spark.sources import bronze_batch, start_of


class BronzeNight(NightLog):
    """Reads one night from one version of bronze.

    Raises:
        UserError: bronze does not hold this night, or has a gap.
    """

    name = "bronze"

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
        super().__init__(spark, start_of() | checked_offsets(found))

    def read(self, start: Offsets, end: Offsets) -> DataFrame:
        """Return the messages between two sets of offsets, as every source hands them on."""
        return bronze_batch(self._spark, self.path, self.version, self.night_id, start, end)

    def rows(self) -> DataFrame:
        """Return the night's rows as bronze has them."""
        return (
            self._spark.read.format("delta")
            .option("versionAsOf", str(self.version))
            .load(self.path)
            .where(f"night_id = '{self.night_id}'")
        )


def _nothing(night_id: str, why: str) -> UserError:
    return UserError(
        f"bronze holds no message of night {night_id}",
        why=why,
        fix="hold a night first (make demo); the live count lands bronze every twenty seconds",
    )
