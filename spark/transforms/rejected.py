"""Rejected messages whose bytes do not travel with the reduced rows: executors send them."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from election.topics import INPUT_TOPICS
from spark.schemas import topic_number
from spark.tally.tally import Rejected


def rejected_values(messages: DataFrame, rejected: Sequence[Rejected]) -> DataFrame:
    """Return key, value and headers as Spark's Kafka sink takes them, one row a message."""
    wanted = pa.table(
        {
            "r_topic": pa.array([topic_number(r.topic) for r in rejected], pa.int8()),
            "r_partition": pa.array([r.partition for r in rejected], pa.int32()),
            "r_offset": pa.array([r.offset for r in rejected], pa.int64()),
            "reason": pa.array([r.reason for r in rejected]),
        }
    )
    few = F.broadcast(messages.sparkSession.createDataFrame(wanted))
    found = messages.join(
        few,
        F.expr("topic_no = r_topic and kafka_partition = r_partition and kafka_offset = r_offset"),
    )
    names = ", ".join(f"'{topic}'" for topic in INPUT_TOPICS)
    headers = ", ".join(
        f"named_struct('key', '{name}', 'value', cast(cast({text} as string) as binary))"
        for name, text in {
            "reason": "reason",
            "topic": "topic",
            "partition": "kafka_partition",
            "offset": "kafka_offset",
        }.items()
    )
    return found.withColumn(
        "topic", F.expr(f"element_at(array({names}), topic_no + 1)")
    ).selectExpr(
        """concat('["', topic, '",', kafka_partition, ',', kafka_offset, ']') key""",
        "value",
        f"array({headers}) headers",
    )
