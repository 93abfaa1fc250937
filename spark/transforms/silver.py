"""Accepted messages -> silver: the event's own columns, typed, as raw declares them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import pyarrow as pa
from pyspark.sql import DataFrame

from election.decode import TypedDecoder
from election.tables import RAW, Column, Type
from election.topics import TOPICS, event_of
from spark.blocks.rules import NightRules

KAFKA = ("kafka_partition", "kafka_offset", "is_late")
_SQL = {
    Type.TEXT: "string",
    Type.BIGINT: "bigint",
    Type.DOUBLE: "double",
    Type.BOOLEAN: "boolean",
    Type.TIMESTAMP: "timestamp",
}


def order_of(topic: str) -> tuple[str, ...]:
    """Return what silver's rows are sorted by: the topic's key, then the event's identity."""
    key, identity = TOPICS[topic].key, event_of(topic).identity
    return tuple(dict.fromkeys((key, *identity)))


def silver(topic: str, accepted: DataFrame, rules: NightRules, night_id: str) -> DataFrame:
    """Decode accepted messages of a topic; `accepted` has KAFKA columns and `value`."""
    ddl = ", ".join(
        ["kafka_partition int", "kafka_offset bigint",
         "is_late boolean", *(f"{c.name} {_SQL[c.type]}" for c in _columns(topic))]
    )  # fmt: skip
    rows = accepted.select(*KAFKA, "value").mapInArrow(_reader(topic, rules), ddl)
    return rows.selectExpr(f"'{night_id}' night_id", *KAFKA, *(c.name for c in _columns(topic)))


def _columns(topic: str) -> list[Column]:
    names = {field.name for field in event_of(topic).fields}
    return [column for column in RAW[topic].columns if column.name in names]


def _reader(
    topic: str, rules: NightRules
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def read(blocks: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for block in blocks:
            yield _typed(topic, block, rules)

    return read


def _typed(topic: str, block: pa.RecordBatch, rules: NightRules) -> pa.RecordBatch:
    found = _decoder(topic, rules).decode(block["value"].to_pylist())
    if found.rejected:
        raise ValueError(f"an accepted message of {topic} does not decode: {found.rejected[0]}")
    kept = block.take(pa.array(found.at))
    names = [column.name for column in _columns(topic)]
    arrays = [kept[name] for name in KAFKA] + [found.columns[name] for name in names]
    return pa.record_batch(arrays, [*KAFKA, *names])


@cache
def _decoder(topic: str, rules: NightRules) -> TypedDecoder:
    return TypedDecoder(topic, election_id=rules.election_id, closes_at=rules.closes_at)
