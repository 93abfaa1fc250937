"""Rows beside ours, on the same bytes and for the same totals: what else one might have written.

Two count the papers of one night by candidate, each paper once; the third lands them. None keeps
the lake, the reasons, the hour tables, the accounts or a way back: the difference is their price.
"""

from __future__ import annotations

import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
import polars as pl
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

from bench.machine import Bench
from bench.nights import BenchNight
from bench.row import Measured
from bench.single_process import cpu_s
from election.events import EVENTS, Kind
from election.topics import TOPICS

CHUNK = 50_000
DLT_ROWS = 50_000  # the default loader is slow: enough for a rate
_TABLE = "create table if not exists public.bench_totals (id text primary key, votes bigint)"
_UPSERT = """
insert into public.bench_totals values (%s, %s)
on conflict (id) do update set votes = excluded.votes
"""


def single_consumer(bench: Bench) -> Measured:
    """One process: librdkafka, orjson, polars, an upsert a chunk; numbers seen in memory."""
    night = bench.produced_night()
    seen = pl.DataFrame(schema={"count_batch_id": pl.String, "paper_no": pl.Int64})
    totals: dict[str, int] = {}
    messages = _messages(night)
    with night.connect("app") as connection:
        connection.execute(_TABLE)
        began, cpu, events = time.perf_counter(), cpu_s(), 0
        for values in messages:
            events += len(values)
            fresh = _papers(values).join(seen, on=seen.columns, how="anti")
            seen = pl.concat([seen, fresh.select(seen.columns)])
            counts = fresh.group_by("candidate_id").len().drop_nulls()
            for candidate, n in counts.iter_rows():
                totals[candidate] = totals.get(candidate, 0) + n
            rows = [(candidate, totals[candidate]) for candidate in counts["candidate_id"]]
            with connection.transaction(), connection.cursor() as cursor:
                cursor.executemany(_UPSERT, rows)
        seconds, used = time.perf_counter() - began, cpu_s() - cpu
    return Measured(events / seconds, 1e6 * used / events, {"events": events, "topic": "votes"})


def _messages(night: BenchNight) -> Any:
    """Yield the values of topic votes, a chunk at a time, to its end."""
    consumer = Consumer({"bootstrap.servers": night.broker.bootstrap_servers, "group.id": "bench",
                         "enable.auto.commit": False})  # fmt: skip
    places = [
        TopicPartition(night.broker.topic("votes"), p, OFFSET_BEGINNING)
        for p in range(TOPICS["votes"].partitions)
    ]
    ends = [consumer.get_watermark_offsets(place, timeout=10)[1] for place in places]
    consumer.assign(places)
    left = sum(ends)
    try:
        while left:
            found = [m.value() for m in consumer.consume(min(CHUNK, left), 1.0)]
            left -= len(found)
            if found:
                yield found
    finally:
        consumer.close()


def _papers(values: list[bytes]) -> pl.DataFrame:
    rows = []
    for value in values:
        try:
            event = orjson.loads(value)
            rows.append((event["count_batch_id"], event["paper_no"], event.get("candidate_id")))
        except (orjson.JSONDecodeError, KeyError, TypeError):
            continue
    schema = {"count_batch_id": pl.String, "paper_no": pl.Int64, "candidate_id": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row", strict=False).unique(
        ["count_batch_id", "paper_no"], keep="first"
    )


def spark_defaults(bench: Bench) -> Measured:
    """The idiomatic stateful query: from_json, dropDuplicates, groupBy, on Spark's own settings."""
    from pyspark.sql import SparkSession
    from pyspark.sql import functions as F

    from election.settings import LakeSettings, read_settings

    night = bench.produced_night()
    settings = read_settings(LakeSettings, **night.environment)
    with tempfile.TemporaryDirectory() as folder:
        spark = (
            SparkSession.builder.master(settings.spark_master)
            .config("spark.jars", settings.spark_jars or "")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            .config("spark.log.level", "ERROR")
            .getOrCreate()
        )
        try:
            votes = (
                spark.readStream.format("kafka")
                .option("kafka.bootstrap.servers", night.broker.bootstrap_servers)
                .option("subscribe", night.broker.topic("votes"))
                .option("startingOffsets", "earliest")
                .option("maxOffsetsPerTrigger", "200000")
                .load()
                .select(F.from_json(F.col("value").cast("string"), _vote_ddl()).alias("vote"))
                .select("vote.*")
                .dropDuplicates(["count_batch_id", "paper_no"])
                .groupBy("candidate_id")
                .count()
            )
            began = time.perf_counter()
            query = (
                votes.writeStream.outputMode("update")
                .format("memory").queryName("totals").outputMode("complete")
                .option("checkpointLocation", str(Path(folder) / "checkpoint"))
                .trigger(availableNow=True)
                .start()
            )  # fmt: skip
            query.awaitTermination()
            seconds = time.perf_counter() - began
        finally:
            spark.stop()
    events = sum(len(lane) for lane in night.lanes("votes"))
    return Measured(events / seconds, None, {"events": events, "topic": "votes"})


def _vote_ddl() -> str:
    kinds = {Kind.INT: "bigint", Kind.FLOAT: "double", Kind.BOOL: "boolean"}
    return ", ".join(f"{f.name} {kinds.get(f.kind, 'string')}" for f in EVENTS["vote"].fields)


def dlt_defaults(bench: Bench) -> Measured:
    """dlt as its first page shows it: dicts, insert_values, append."""
    import dlt

    night = bench.produced_night()
    login = night.postgres.connect_arguments("app")
    decoded = (_decoded(value) for values in _messages(night) for value in values)
    rows = list(islice((row for row in decoded if isinstance(row, dict)), DLT_ROWS))
    with tempfile.TemporaryDirectory() as folder:
        pipeline = dlt.pipeline(
            "bench_defaults", pipelines_dir=folder, dataset_name="bench_defaults",
            destination=dlt.destinations.postgres(credentials={
                "host": login["host"], "port": login["port"], "database": login["dbname"],
                "username": login["user"], "password": login["password"],
            }),
        )  # fmt: skip
        began, cpu = time.perf_counter(), cpu_s()
        pipeline.run(rows, table_name="votes")
        seconds, used = time.perf_counter() - began, cpu_s() - cpu
    return Measured(len(rows) / seconds, 1e6 * used / len(rows), {"events": len(rows)})


def _decoded(value: bytes) -> Any:
    """Return what a message says; None where it is no JSON."""
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return None
