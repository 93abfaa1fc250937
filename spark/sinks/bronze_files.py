"""Bronze's files: executors write them, the driver commits what they wrote.

The bytes of messages stay on the executors; what reaches the driver is one row a file.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import deltalake as dl
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake.exceptions import DeltaError
from deltalake.fs import DeltaStorageHandler
from deltalake.transaction import AddAction
from pyarrow.fs import PyFileSystem
from pyspark.sql import DataFrame

from election import crash_points
from spark.blocks.landed import BRONZE, LANDED, PARTITIONED_BY, landed
from spark.blocks.rules import NightRules
from spark.damage import named_if_damaged, unwritten, words_of
from spark.fencing import fenced
from spark.schema_version import check_version, said

Partition = tuple[str, int]
Spans = dict[Partition, tuple[int, int]]

_FILE_DDL = "path string, topic string, size bigint, rows bigint, spans string"
_COMPRESSION = "zstd"
# One more with every change of BRONZE or of what its columns mean.
VERSION = 1
_EPOCH = 10**12  # no night has so many messages


@dataclass(frozen=True)
class LandedFile:
    """One parquet file: where it is below the table, and which offsets it holds."""

    path: str
    topic: str
    size: int
    rows: int
    spans: Mapping[int, tuple[int, int]]
    """First and last offset, by partition."""


def write_files(
    messages: DataFrame, rules: NightRules, path: str, night_id: str
) -> list[LandedFile]:
    """Write messages with the broker's timestamps into new files, one a topic and task."""

    def work(blocks: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        store = PyFileSystem(DeltaStorageHandler(path))
        writers: dict[str, _Writer] = {}
        for block in blocks:
            for topic, rows in landed(block, rules).items():
                if topic not in writers:
                    writers[topic] = _Writer(store, night_id, topic)
                writers[topic].write(rows)
                crash_points.reached("bronze.block_written")
        files = [writer.close() for writer in writers.values()]
        if files:
            yield pa.RecordBatch.from_pylist(
                [{**vars(f), "spans": json.dumps(f.spans)} for f in files]
            )

    rows = messages.mapInArrow(work, _FILE_DDL).collect()
    return [
        LandedFile(
            row["path"], row["topic"], row["size"], row["rows"],
            {int(p): (first, last) for p, (first, last) in json.loads(row["spans"]).items()},
        )
        for row in rows
    ]  # fmt: skip


class BronzeTable:
    """The table, held by its one writer: what another one commits meanwhile is a conflict."""

    def __init__(self, path: str, night_id: str, *, epoch: int = 0) -> None:
        self.path, self._night_id, self._epoch = path, night_id, epoch
        self._application = f"bronze/{night_id}"
        if not dl.DeltaTable.is_deltatable(path):
            if "://" not in path:
                Path(path).mkdir(parents=True, exist_ok=True)
            # Two drivers that make it at once are no damage: whoever loses starts again.
            dl.DeltaTable.create(
                path, BRONZE, partition_by=list(PARTITIONED_BY), mode="ignore",
                name="bronze", description=said(VERSION),
            )  # fmt: skip
        with self._named():
            self._table = dl.DeltaTable(path)
        check_version("bronze", self._table, VERSION, fix=self._land_again)
        self._version = self._table.transaction_version(self._application)

    def held(self) -> pl.DataFrame:
        """Return (topic, kafka_partition, kafka_offset) of every message of the night."""
        with self._named():
            table = self._table.to_pyarrow_table(
                filters=[("night_id", "=", self._night_id)],
                columns=["topic", "kafka_partition", "kafka_offset"],
            )
        frame = pl.from_arrow(table)
        assert isinstance(frame, pl.DataFrame)
        return frame

    def _named(self) -> AbstractContextManager[None]:
        return named_if_damaged("bronze", fix=self._land_again)

    @property
    def _land_again(self) -> str:
        return (
            f"delete the folder {self.path}: every night that the broker still has is landed again"
        )

    def commit(self, files: Sequence[LandedFile], messages: int) -> None:
        """Make files part of the table.

        Args:
            files: What `write_files` returned.
            messages: How many messages of the night there are then.

        Raises:
            FencedError: another driver lands this night too.
            UserError: the table cannot be written.
        """
        if self._table.transaction_version(self._application) != self._version:
            raise fenced("bronze has a landing that this driver did not write")
        version = self._epoch * _EPOCH + messages
        guard = dl.Transaction(self._application, version)
        try:
            self._table.create_write_transaction(
                [_action(file, self._night_id) for file in files],
                "append", BRONZE, list(PARTITIONED_BY),
                commit_properties=dl.CommitProperties(app_transactions=[guard]),
            )  # fmt: skip
        except (DeltaError, OSError) as error:
            if self._is_of_another():
                raise fenced(f"bronze refused a landing: {words_of(error)}") from None
            raise unwritten("bronze", error) from error
        self._version = version
        self._table.update_incremental()

    def _is_of_another(self) -> bool:
        """Say whether somebody else has landed messages of this night meanwhile."""
        with self._named():
            newest = dl.DeltaTable(self.path)
        return newest.transaction_version(self._application) != self._version


class _Writer:
    """One file of one topic, written a block at a time."""

    def __init__(self, store: PyFileSystem, night_id: str, topic: str) -> None:
        self._path = f"night_id={night_id}/topic={topic}/part-{uuid.uuid4()}.{_COMPRESSION}.parquet"
        self._topic = topic
        self._out = store.open_output_stream(self._path)
        self._writer = pq.ParquetWriter(self._out, LANDED, compression=_COMPRESSION)
        self._rows = 0
        self._spans: dict[int, tuple[int, int]] = {}

    def write(self, rows: pa.Table) -> None:
        self._writer.write_table(rows)
        self._rows += len(rows)
        found = rows.group_by("kafka_partition").aggregate(
            [("kafka_offset", "min"), ("kafka_offset", "max")]
        )
        for row in found.to_pylist():
            first, last = row["kafka_offset_min"], row["kafka_offset_max"]
            known = self._spans.get(row["kafka_partition"], (first, last))
            self._spans[row["kafka_partition"]] = (min(first, known[0]), max(last, known[1]))

    def close(self) -> LandedFile:
        self._writer.close()
        size = self._out.tell()
        self._out.close()
        return LandedFile(self._path, self._topic, size, self._rows, self._spans)


def _action(file: LandedFile, night_id: str) -> AddAction:
    ranges = list(zip(*file.spans.values(), strict=True))
    stats = {
        "numRecords": file.rows,
        "minValues": {"kafka_partition": min(file.spans), "kafka_offset": min(ranges[0])},
        "maxValues": {"kafka_partition": max(file.spans), "kafka_offset": max(ranges[1])},
        "nullCount": {"kafka_partition": 0, "kafka_offset": 0},
    }
    return AddAction(
        path=file.path,
        size=file.size,
        partition_values={"night_id": night_id, "topic": file.topic},
        modification_time=int(time.time() * 1000),
        data_change=True,
        stats=json.dumps(stats),
    )
