"""The values' hashes as bronze has them, in offset order: what the chain is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

import deltalake as dl
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from deltalake.fs import DeltaStorageHandler
from pyarrow.fs import PyFileSystem

from election.chain import CHAINED_TOPICS, HASH_BYTES, NO_VALUE, Partition, value_hash
from election.errors import UserError
from spark.sinks.bronze_files import LandedFile

_PLACE = ["kafka_partition", "kafka_offset"]
_HASHES = [*_PLACE, "value_sha256", "value_length"]
_WITH_BYTES = [*_PLACE, "value", "value_sha256", "refused_as"]


@dataclass(frozen=True)
class Run:
    """Hashes of consecutive offsets of one partition."""

    first_offset: int
    hashes: bytes

    @property
    def next_offset(self) -> int:
        """The offset after the last."""
        return self.first_offset + len(self.hashes) // HASH_BYTES


Runs = dict[Partition, Run]


def hashes_in(path: str, files: Sequence[LandedFile]) -> Runs:
    """Return what files, just landed, hold of chained topics."""
    store = PyFileSystem(DeltaStorageHandler(path))
    found: Runs = {}
    for topic in CHAINED_TOPICS:
        of_topic = [file.path for file in files if file.topic == topic]
        if of_topic:
            parts = [_columns(store, file) for file in of_topic]
            found |= _runs(topic, pa.concat_tables(parts))
    return found


def hashes_from(path: str, night_id: str, start: Mapping[Partition, int]) -> Runs:
    """Return the hashes of a night's chained topics from given offsets on."""
    found: Runs = {}
    for topic in CHAINED_TOPICS:
        places = [_from(p, offset) for (name, p), offset in start.items() if name == topic]
        rows = topic_rows(path, night_id, topic).to_table(
            columns=_HASHES, filter=reduce(or_, places)
        )
        found |= _runs(topic, rows)
    return found


def topic_rows(path: str, night_id: str, topic: str) -> ds.Dataset:
    """Return a night's rows of one topic; files are skipped by their offsets."""
    table = dl.DeltaTable(path)
    return table.to_pyarrow_dataset(
        file_pruning_predicate=[("night_id", "=", night_id), ("topic", "=", topic)]
    )


def rows_with_bytes(
    path: str, night_id: str, partition: Partition, end: int, *, at_once: int = 100_000
) -> Iterator[pl.DataFrame]:
    """Yield a partition's rows below an offset in offset order: bytes, hash, why withheld.

    The column `hash` is made of the bytes where they were kept, else it is what was noted of them.
    """
    topic, number = partition
    rows = topic_rows(path, night_id, topic)
    offset = ds.field("kafka_offset")
    for first in range(0, end, at_once):
        within = (offset >= first) & (offset < min(first + at_once, end))
        found = pl.from_arrow(
            rows.to_table(
                columns=_WITH_BYTES, filter=(ds.field("kafka_partition") == number) & within
            )
        )
        assert isinstance(found, pl.DataFrame)
        in_order = found.sort("kafka_offset")
        yield in_order.with_columns(_hash_of_rows(in_order))


def _from(partition: int, offset: int) -> ds.Expression:
    return (ds.field("kafka_partition") == partition) & (ds.field("kafka_offset") >= offset)


def _columns(store: PyFileSystem, path: str) -> pa.Table:
    with store.open_input_file(path) as file:
        return pq.ParquetFile(file).read(columns=_HASHES)


def _runs(topic: str, rows: pa.Table) -> Runs:
    frame = pl.from_arrow(rows.select(_HASHES))
    assert isinstance(frame, pl.DataFrame)
    found = {}
    for (number,), part in frame.partition_by("kafka_partition", as_dict=True).items():
        part = part.sort("kafka_offset")
        partition = topic, int(number)
        _check(partition, part)
        texts = part["value_sha256"].fill_null(NO_VALUE.hex())
        hashes = bytes.fromhex("".join(texts.to_list()))
        found[partition] = Run(part["kafka_offset"][0], hashes)
    return found


def _check(partition: Partition, part: pl.DataFrame) -> None:
    topic, number = partition
    offsets = part["kafka_offset"]
    if offsets[-1] - offsets[0] + 1 != len(offsets) or offsets.n_unique() != len(offsets):
        raise UserError(
            f"bronze does not hold topic {topic} partition {number} whole",
            why=f"{len(offsets):,} messages from offset {offsets[0]:,} to {offsets[-1]:,}",
            fix="delete the bronze folder of the lake: it is landed again from the broker",
        )
    if len(part.filter(pl.col("value_sha256").is_null() & pl.col("value_length").is_not_null())):
        raise UserError(
            f"bronze has no hashes of topic {topic} partition {number}",
            why="an older version landed it",
            fix="delete the bronze folder of the lake: it is landed again from the broker",
        )


def _hash_of_rows(frame: pl.DataFrame) -> pl.Series:
    noted = frame["value_sha256"].fill_null(NO_VALUE.hex()).to_list()
    return pl.Series(
        "hash",
        [
            bytes.fromhex(text) if value is None else value_hash(value)
            for value, text in zip(frame["value"], noted, strict=True)
        ],
        pl.Binary,
    )
