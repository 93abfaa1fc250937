"""The Spark session, for one machine and for a cluster."""

from __future__ import annotations

import os
import re
import sys
import tempfile

from pyspark.sql import SparkSession

from election.settings import GIVEN, LakeSettings
from spark.shipping import ship

_SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "2",
    # A micro-batch is planned thousands of times a night: re-planning it while it runs costs more.
    "spark.sql.adaptive.enabled": "false",
    # Blocks for Python workers: large enough for polars to pay, small enough to hold.
    "spark.sql.execution.arrow.maxRecordsPerBatch": "50000",
    "spark.sql.execution.arrow.maxBytesPerBatch": str(64 * 1024 * 1024),
    # A whole batch in one generated method is too long for the JIT compiler, or takes it a
    # minute: beyond its limit of 8,000 bytes each operator is compiled in small methods instead.
    "spark.sql.codegen.hugeMethodLimit": "8000",
    "spark.sql.streaming.metricsEnabled": "false",
    "spark.sql.streaming.noDataMicroBatches.enabled": "false",
    "spark.sql.streaming.numRecentProgressUpdates": "5",
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.databricks.delta.snapshotPartitions": "2",
    "spark.sql.parquet.compression.codec": "zstd",
    # Workers are as many as cores: each with one thread.
    "spark.executorEnv.POLARS_MAX_THREADS": "1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
}
# The code of a night is compiled for minutes by the second compiler, on cores that the count needs.
# The serial collector takes a tenth less CPU a message than G1, in a heap of this size.
JAVA_OPTIONS = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
_IN_THIS_PROCESS = re.compile(r"local(\[[0-9*, ]+\])?$")
_LOOPBACK = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}


def open_session(settings: LakeSettings, name: str, **more: str) -> SparkSession:
    """Return a session; the first call of a process starts the Java side (6-12 s)."""
    chosen = dict(_SETTINGS)
    if settings.spark_master.startswith("local"):
        chosen |= _LOOPBACK
        # A cluster's workers have an interpreter of their own; here it is ours.
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    if settings.spark_jars:
        chosen["spark.jars"] = settings.spark_jars
    chosen |= {"spark.driver.memory": settings.driver_memory,
               "spark.driver.extraJavaOptions": _java_options(settings), **more}  # fmt: skip
    builder = SparkSession.builder.appName(name)
    if settings.spark_master != GIVEN:
        builder = builder.master(settings.spark_master)
    for key, value in chosen.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    if not _IN_THIS_PROCESS.match(settings.spark_master):
        ship(session.sparkContext)
    return session


def _java_options(settings: LakeSettings) -> str:
    # Java does not look at TMPDIR, and a Java that is killed leaves what it unpacked.
    options = f'{JAVA_OPTIONS} "-Djava.io.tmpdir={tempfile.gettempdir()}"'
    if not settings.class_archive:
        return options
    return f"{options} -Xlog:cds=off -XX:SharedArchiveFile={settings.class_archive}"
