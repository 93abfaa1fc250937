"""Where messages come from: the broker, as a stream or as a batch, and bronze."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from election.settings import BrokerSettings
from election.topics import INPUT_TOPICS, TOPICS
from spark.schemas import topic_number

Offsets = Mapping[tuple[str, int], int]
"""Next offset by (topic without prefix, partition)."""

# Before a micro-batch is handed over each row is made an object and a row again: no column more
# than is asked for, and bytes, not text.
STREAMED = ("topic_no", "kafka_partition", "kafka_offset", "value")
RECORDS_A_POLL = 50_000
BYTES_A_FETCH = 4 * 1024 * 1024


def start_of(topics: Iterable[str] = INPUT_TOPICS) -> dict[tuple[str, int], int]:
    """Return offset 0 of every partition of the topics."""
    return {(topic, p): 0 for topic in topics for p in range(TOPICS[topic].partitions)}


def kafka_stream(
    spark: SparkSession, broker: BrokerSettings, start: Offsets, *, most_per_batch: int
) -> DataFrame:
    """Return the input topics as a stream of STREAMED columns from given offsets.

    A topic that was trimmed beyond an offset fails the query (`failOnDataLoss`).
    """
    raw = (
        spark.readStream.format("kafka")
        .options(**_reader(broker))
        .option("subscribe", ",".join(broker.topic(t) for t in sorted({t for t, _ in start})))
        .option("startingOffsets", offsets_json(broker, start))
        .option("maxOffsetsPerTrigger", str(most_per_batch))
        .option("failOnDataLoss", "true")
        # An idle stream asks the broker for its newest offsets each second.
        .option("fetchOffset.numRetries", "10")
        .load()
    )
    return _messages(raw, broker).select(*STREAMED)


def messages_of(batch: DataFrame) -> DataFrame:
    """Return a micro-batch of the stream as the count takes it."""
    return batch.withColumn("refused_as", F.lit(None).cast("string"))


def kafka_batch(
    spark: SparkSession, broker: BrokerSettings, start: Offsets, end: Offsets, *, group: str = ""
) -> DataFrame:
    """Return the messages between two sets of offsets as MESSAGE_DDL.

    Args:
        spark: The session.
        broker: Where they are.
        start: First offset of every partition of the topics that are read.
        end: The offset after the last.
        group: Whose clients these are: executors keep them until the next call of the same group.
            Without it each call makes its own, one a partition.
    """
    clients = {"kafka.group.id": broker.topic(group)} if group else {}
    raw = (
        spark.read.format("kafka")
        .options(**_reader(broker), **clients)
        .option("subscribe", ",".join(broker.topic(t) for t in sorted({t for t, _ in start})))
        .option("startingOffsets", offsets_json(broker, start))
        .option("endingOffsets", offsets_json(broker, end))
        .option("failOnDataLoss", "true")
        .load()
    )
    return _messages(raw, broker)


def bronze_batch(
    spark: SparkSession, path: str, version: int, night_id: str, start: Offsets, end: Offsets
) -> DataFrame:
    """Return a night's messages between two sets of offsets from one version of bronze.

    Where bronze kept no bytes, `refused_as` says why; all other messages are judged anew.
    """
    slices = " or ".join(
        f"(topic = '{topic}' and kafka_partition = {partition} "
        f"and kafka_offset >= {start[topic, partition]} and kafka_offset < {last})"
        for (topic, partition), last in end.items()
    )
    # Named beside the slices too: the folders of other topics are then not looked into.
    topics = ", ".join(f"'{topic}'" for topic in sorted({topic for topic, _ in end}))
    rows = (
        spark.read.format("delta")
        .option("versionAsOf", str(version))
        .load(path)
        .where(f"night_id = '{night_id}' and topic in ({topics}) and ({slices or 'false'})")
    )
    whens = " ".join(f"when '{topic}' then {topic_number(topic)}" for topic in INPUT_TOPICS)
    return rows.selectExpr(
        f"cast(case topic {whens} end as tinyint) topic_no",
        "kafka_partition",
        "kafka_offset",
        "key message_key",
        "value",
        "case when value is null then refused_as end refused_as",
        "kafka_timestamp",
    )


def _reader(broker: BrokerSettings) -> dict[str, str]:
    return {
        **{f"kafka.{name}": value for name, value in broker.java_client().items()},
        # After every poll Spark's source seeks to the partition's ends, two questions to the
        # broker, and the client drops what it had fetched ahead: few polls, of all that came.
        "kafka.max.poll.records": str(RECORDS_A_POLL),
        "kafka.max.partition.fetch.bytes": str(BYTES_A_FETCH),
        # Having read to a partition's end, a client asks for more, and whoever reads it next waits
        # until that is answered: half a second a partition by default.
        "kafka.fetch.max.wait.ms": "5",
    }


def offsets_json(broker: BrokerSettings, offsets: Offsets) -> str:
    """Return offsets as Spark's Kafka source takes them."""
    by_topic: dict[str, dict[str, int]] = {}
    for (topic, partition), offset in offsets.items():
        by_topic.setdefault(broker.topic(topic), {})[str(partition)] = offset
    return json.dumps(by_topic)


def _messages(raw: DataFrame, broker: BrokerSettings) -> DataFrame:
    whens = " ".join(f"when '{broker.topic(t)}' then {topic_number(t)}" for t in INPUT_TOPICS)
    return raw.selectExpr(
        f"cast(case topic {whens} end as tinyint) topic_no",
        "partition kafka_partition",
        "offset kafka_offset",
        "key message_key",
        "value",
        "cast(null as string) refused_as",
        "timestamp kafka_timestamp",
    )
