"""Messages that hold a number which came more than once: the only ones that reach the driver."""

from __future__ import annotations

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark.schemas import topic_number
from spark.tally.tally import Dirty
from spark.transforms.dimensions import DimensionTable
from spark.transforms.parse import parse
from spark.transforms.reduce import prepare
from spark.transforms.rules import NightRules
from spark.transforms.validate import validate

_COLUMNS = [
    "topic_no", "kafka_partition", "kafka_offset", "source", "seat", "choice", "moment_us",
    "is_late", "number", "elector_no", "cell_region", "age_band", "sex", "education",
    "cell_choice",
]  # fmt: skip
_BALLOTS = topic_number("ballots_issued")


def dirty_messages(
    messages: DataFrame, dirty: Dirty, table: DimensionTable, rules: NightRules
) -> DataFrame:
    """Return the acceptable messages that hold a dirty number or elector number."""
    spark = messages.sparkSession
    if not dirty.keys_are_odd:
        keys = pa.table({"dirty_key": sorted(_keys(dirty))})
        few = F.broadcast(spark.createDataFrame(keys))
        # Before the messages are decoded: decoding is what costs.
        messages = messages.join(few, F.expr("message_key = dirty_key"), "left_semi")
    prepared = prepare(validate(parse(messages, rules), table, rules)).where("reason is null")
    numbers = [(topic_number(t), source, n) for t, source, n in dirty.numbers]
    of_number = _table(["d_topic", "d_source", "d_number"], numbers)
    of_elector = _table(["e_topic", "e_source", "e_number"],
                        [(_BALLOTS, source, n) for source, n in dirty.electors])  # fmt: skip
    joined = prepared.join(
        F.broadcast(spark.createDataFrame(of_number)),
        F.expr("topic_no = d_topic and source = d_source and number = d_number"),
        "left",
    ).join(
        F.broadcast(spark.createDataFrame(of_elector)),
        F.expr("topic_no = e_topic and source = e_source and elector_no = e_number"),
        "left",
    )
    return joined.where("d_topic is not null or e_topic is not null").select(_COLUMNS)


def _keys(dirty: Dirty) -> set[str]:
    """Return the message keys that sources have: a batch is keyed by its seat."""
    keys = {source for source, _ in dirty.electors}
    for topic, source, _ in dirty.numbers:
        keys.add(source.rpartition("-B")[0] if topic == "votes" else source)
    return keys


def _table(names: list[str], rows: list[tuple[int, str, int]]) -> pa.Table:
    topics, sources, numbers = zip(*rows, strict=True) if rows else ((), (), ())
    return pa.table(
        [
            pa.array(topics, pa.int8()),
            pa.array(sources, pa.string()),
            pa.array(numbers, pa.int64()),
        ],
        names=names,
    )
