"""Messages that hold a number which came more than once: the only ones that reach the driver."""

from __future__ import annotations

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark.schemas import topic_number
from spark.tally.tally import Dirty

_COLUMNS = [
    "topic_no", "kafka_partition", "kafka_offset", "source", "seat", "choice", "moment_us",
    "is_late", "number", "elector_no", "cell_region", "age_band", "sex", "education",
    "cell_choice",
]  # fmt: skip
_BALLOTS = topic_number("ballots_issued")


def dirty_messages(prepared: DataFrame, dirty: Dirty) -> DataFrame:
    """Return the acceptable messages of a batch that hold a dirty number or elector number."""
    found = prepared.where("source is not null")
    hits = []
    if dirty.numbers:
        rows = [(topic_number(topic), source, n) for topic, source, n in dirty.numbers]
        found = _marked(found, rows, "number")
        hits.append("number_hit")
    if dirty.electors:
        found = _marked(found, [(_BALLOTS, s, n) for s, n in dirty.electors], "elector_no")
        hits.append("elector_no_hit")
    return found.where(" or ".join(f"{hit} is not null" for hit in hits)).select(_COLUMNS)


def _marked(messages: DataFrame, rows: list[tuple[int, str, int]], column: str) -> DataFrame:
    """Add `<column>_hit`, set where a message holds one of the numbers."""
    topics, sources, numbers = zip(*rows, strict=True)
    names = [f"{column}_hit", f"{column}_source", f"{column}_value"]
    table = pa.table(
        [
            pa.array(topics, pa.int8()),
            pa.array(sources, pa.string()),
            pa.array(numbers, pa.int64()),
        ],
        names=names,
    )
    hit, source, value = names
    return messages.join(
        F.broadcast(messages.sparkSession.createDataFrame(table)),
        F.expr(f"topic_no = {hit} and source = {source} and {column} = {value}"),
        "left",
    )
