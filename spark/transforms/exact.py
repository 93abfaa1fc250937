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


def dirty_messages(prepared: DataFrame, dirty: Dirty) -> DataFrame:
    """Return the acceptable messages of a batch that hold a dirty number or elector number."""
    spark = prepared.sparkSession
    numbers = [(topic_number(t), source, n, 0) for t, source, n in dirty.numbers]
    electors = [(_BALLOTS, source, 0, n) for source, n in dirty.electors]
    table = F.broadcast(spark.createDataFrame(_table([*numbers, *electors])))
    of_number = "topic_no = d_topic and source = d_source and number = d_number"
    of_elector = "topic_no = d_topic and source = d_source and elector_no = d_elector"
    # Two joins by equality: one with `or` would compare every message with every number.
    found = prepared.where("source is not null").join(table, F.expr(of_number), "left_semi")
    also = prepared.where("elector_no is not null").join(table, F.expr(of_elector), "left_semi")
    if not electors:
        return found.select(_COLUMNS)
    return found.select(_COLUMNS).union(also.select(_COLUMNS))


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
