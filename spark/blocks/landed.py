"""A block of messages -> the rows that bronze keeps of them (pure Arrow and polars).

Of messages that secrecy or the time refuses, and of undecodable ones where choices are named, only
hash and length are kept. Values of chained topics are hashed too, whether kept or not.
"""

from __future__ import annotations

import hashlib

import polars as pl
import pyarrow as pa

from election.acceptance import HASH_ONLY_REASONS
from election.chain import CHAINED_TOPICS
from election.topics import INPUT_TOPICS, event_of
from spark.blocks.rules import NightRules
from spark.blocks.typed import refusals

PARTITIONED_BY = ("night_id", "topic")
# Without the columns that are a folder's name.
LANDED = pa.schema(
    {
        "kafka_partition": pa.int32(),
        "kafka_offset": pa.int64(),
        "kafka_timestamp": pa.timestamp("us", "UTC"),
        "key": pa.binary(),
        "value": pa.binary(),
        "value_sha256": pa.string(),
        "value_length": pa.int32(),
        "refused_as": pa.string(),
    }
)
BRONZE = pa.schema([*(pa.field(name, pa.string()) for name in PARTITIONED_BY), *LANDED])
_SAME = ("topic_no", "kafka_partition", "kafka_offset", "kafka_timestamp", "refused_as")
_NAME_A_CHOICE = [i for i, topic in enumerate(INPUT_TOPICS) if event_of(topic).names_a_choice]
_CHAINED = [i for i, topic in enumerate(INPUT_TOPICS) if topic in CHAINED_TOPICS]


def landed(block: pa.RecordBatch, rules: NightRules) -> dict[str, pa.Table]:
    """Return LANDED rows by topic of a block of MESSAGE_DDL with the broker's timestamps."""
    judged = refusals(block, rules)
    columns = {name: judged[name] for name in _SAME}
    bytes_of = {"key": judged["message_key"], "value": judged["value"]}
    frame = pl.from_arrow(pa.table(columns | bytes_of))
    assert isinstance(frame, pl.DataFrame)
    value, refused_as = pl.col("value"), pl.col("refused_as")
    withheld = refused_as.is_in(list(HASH_ONLY_REASONS)) | (
        (refused_as == "malformed") & pl.col("topic_no").is_in(_NAME_A_CHOICE)
    )
    frame = frame.with_columns(withheld.fill_null(False).alias("is_withheld"))
    is_hashed = pl.col("is_withheld") | pl.col("topic_no").is_in(_CHAINED)
    frame = frame.with_columns(
        _hashes(frame, frame.select(is_hashed).to_series()),
        value.bin.size().cast(pl.Int32).alias("value_length"),
        pl.when(~pl.col("is_withheld")).then(value).alias("value"),
    )
    return {
        INPUT_TOPICS[number]: of_topic.select(LANDED.names).to_arrow().cast(LANDED)
        for (number,), of_topic in frame.partition_by("topic_no", as_dict=True).items()
    }


def _hashes(frame: pl.DataFrame, is_hashed: pl.Series) -> pl.Series:
    places = is_hashed.arg_true()
    values = frame["value"].gather(places)
    hashes = [None if v is None else hashlib.sha256(v).hexdigest() for v in values]
    whole = pl.Series("value_sha256", [None], pl.String).new_from_index(0, len(frame))
    return whole.scatter(places, hashes) if hashes else whole
