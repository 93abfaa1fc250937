"""A tally ledger in Delta: append-only entries, guarded by Kafka offsets, chained by hash.

One writer: the table handle lives as long as the process, and every version after it must be its
own. An offset guard alone would not do: two drivers may count different partitions, and delta-rs
takes the same application transaction twice. Each entry carries the driver's epoch. An entry's
rows are increments; a segment starts with a snapshot, the sum of all rows before it, so that a
start reads one segment, or two. What takes longer the longer the night is, summing up and
compacting, is done beside the count.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from functools import partial
from pathlib import Path

import deltalake as dl
import polars as pl
import pyarrow as pa
from deltalake.exceptions import DeltaError

from election import crash_points
from election.telemetry import get_logger
from spark.beside import Beside
from spark.damage import named_if_damaged, unwritten
from spark.fencing import fenced
from spark.schema_version import check_version, said
from spark.tally import rows as ledger
from spark.tally.rows import REBUILD, SCHEMAS, VERSIONS, as_stored, conform
from spark.tally.segments import since_snapshot, summed

ENTRIES_IN_SEGMENT = 500
COMPACT_EVERY = 100
GENESIS = "0" * 64
_TIDYING = {"OPTIMIZE", "VACUUM START", "VACUUM END"}
_SNAPSHOT = "snapshot_until"  # in a commit's metadata: the entry that it is the sum up to
Filter = tuple[str, str, object]

_WRITER = dl.WriterProperties(compression="ZSTD", compression_level=3)
# A checkpoint of the Delta log each so many commits keeps a reader's start short.
_SETTINGS = {"delta.checkpointInterval": "100", "delta.logRetentionDuration": "interval 30 days"}


class Ledger:
    """One ledger of one night: `turnout` or `count`.

    Raises:
        UserError: the ledger has another schema version, or cannot be read.
    """

    def __init__(
        self, path: str, name: str, night_id: str, *, epoch: int = 0, lake_epoch: int | None = None,
        entries_in_segment: int = ENTRIES_IN_SEGMENT,
    ) -> None:  # fmt: skip
        self.path = path
        self.name = name
        self._night_id = night_id
        # Of the lease on the night, and of that on the lake where it is in a bucket.
        self._epochs = {"epoch": str(epoch)} | (
            {"lake_epoch": str(lake_epoch)} if lake_epoch else {}
        )
        self._entries_in_segment = entries_in_segment
        with self._named():
            self._table = dl.DeltaTable(path) if dl.DeltaTable.is_deltatable(path) else None
        if self._table is not None:
            check_version(self._what, self._table, VERSIONS[name], fix=REBUILD)
        self.entry = -1
        self.hash = GENESIS
        self._segment = 0
        self._in_segment = 0
        self._begin_with: Callable[[], None] | None = None  # once the segment has an entry
        self._beside = Beside(f"ledger-{name}")

    def load(self) -> pl.DataFrame:
        """Return the rows that add up to the present state, and remember the newest entry.

        Raises:
            UserError: a file is damaged or gone.
        """
        if self._table is None:
            return pl.DataFrame(schema=SCHEMAS[self.name])
        self._segment = max(int(p["segment"]) for p in self._table.partitions())
        rows = since_snapshot(partial(self._of_segment, self._table), self._segment)
        heads = rows.filter(pl.col("kind") == ledger.HEAD).sort("entry", "is_snapshot")
        newest = heads.row(-1, named=True)
        self.entry = newest["entry"]
        # Entries are chained; a snapshot hangs on the one that it is the sum up to.
        self.hash = newest["previous_hash" if newest["is_snapshot"] else "hash"]
        of_segment = (pl.col("segment") == self._segment) & ~pl.col("is_snapshot")
        self._in_segment = heads.filter(of_segment).height
        return rows.filter(pl.col("kind") != ledger.HEAD)

    def rows_after(self, entry: int, kind: str) -> pl.DataFrame:
        """Return the increments of later entries, of a kind."""
        if self._table is None:
            return pl.DataFrame(schema=SCHEMAS[self.name])
        # A few rows of a whole night's: the reader leaves the others where they are.
        of_kind = ("kind", "=", kind)
        return self._read(self._table, of_kind, ("entry", ">", entry), ("is_snapshot", "=", False))

    def append(self, rows: pl.DataFrame, entry: int, as_of: datetime) -> None:
        """Write one entry.

        Raises:
            FencedError: another driver wrote to this ledger.
        """
        offsets = rows.filter(pl.col("kind") == ledger.ACCOUNT).select(
            "topic", "kafka_partition", "last_offset"
        )
        guards = [
            dl.Transaction(f"tally/{self._night_id}/{topic}/{partition}", last)
            for topic, partition, last in offsets.iter_rows()
        ]
        self._beside.raise_if_failed()
        self._write(rows, entry, as_of, guards)
        self._in_segment += 1
        if begin := self._begin_with:
            self._begin_with = None
            self._beside.do(begin)
        elif self._in_segment % COMPACT_EVERY == 0 and not self._is_busy:
            self._beside.do(partial(self._compact, self._segment))

    def wants_snapshot(self) -> bool:
        """Say whether the segment is full."""
        return self._in_segment >= self._entries_in_segment and not self._is_busy

    def has_tail(self) -> bool:
        """Say whether the segment has entries, and could end with the newest."""
        return self._in_segment > 0 and not self._is_busy

    def snapshot(self, as_of: datetime) -> None:
        """Start a new segment with the next entry.

        What it starts with is summed up beside the count, and the old segment compacted, as soon as
        it has that entry: who opens the ledger meanwhile goes on in the new segment, too.
        """
        crash_points.reached("spark.before_snapshot")
        self._segment += 1
        self._in_segment = 0
        self._begin_with = partial(self._sum_up, self._segment, self.entry, self.hash, as_of)

    def settle(self) -> None:
        """Return when nothing is done beside the count any more.

        Raises:
            UserError: what was done there failed.
        """
        self._beside.settle()

    def close(self) -> None:
        """End what is done beside the count; it does not matter any more whether it failed."""
        self._beside.close()

    @property
    def _is_busy(self) -> bool:
        return self._begin_with is not None or self._beside.is_busy

    def _sum_up(self, segment: int, entry: int, previous: str, as_of: datetime) -> None:
        """Write what a segment starts with: the sum up to an entry, the last of those before it."""
        began = time.monotonic()
        with self._named():
            table = dl.DeltaTable(self.path)  # the count uses the other one
        rows = summed(since_snapshot(partial(self._of_segment, table), segment - 1), self.name)
        stored, fresh = self._headed(rows, segment, entry, previous, as_of, is_snapshot=True)
        # Whoever wrote meanwhile: it is the sum of segments that have come to their end.
        commit = dl.CommitProperties(
            custom_metadata={_SNAPSHOT: str(entry), "hash": fresh, **self._epochs}
        )
        try:
            dl.write_deltalake(
                table, stored, mode="append", commit_properties=commit,
                writer_properties=_WRITER,
            )  # fmt: skip
        except (DeltaError, OSError) as error:
            raise unwritten(self._what, error) from error
        get_logger().info(
            "ledger summed up", ledger=self.name, until=entry, rows=len(rows),
            seconds=round(time.monotonic() - began, 1),
        )  # fmt: skip
        crash_points.reached("spark.snapshot_taken")
        self._compact(segment - 1)

    def _compact(self, segment: int) -> None:
        """Make one file of a segment's; entries that are written meanwhile stay beside it."""
        with self._named():
            dl.DeltaTable(self.path).optimize.compact(
                partition_filters=[("segment", "=", str(segment))],
                commit_properties=dl.CommitProperties(custom_metadata=self._epochs),
            )

    @property
    def _what(self) -> str:
        return f"the ledger {self.name} of night {self._night_id}"

    def _named(self) -> AbstractContextManager[None]:
        return named_if_damaged(
            self._what,
            fix=f"delete the folder {self.path}: its part of the night is counted again from the"
            " broker",
        )

    def _of_segment(self, table: dl.DeltaTable, segment: int) -> pl.DataFrame:
        # What is a folder's name is compared as the number it stands for.
        return self._read(table, ("segment", "=", segment))

    def _read(self, table: dl.DeltaTable, *filters: Filter) -> pl.DataFrame:
        with self._named():
            frame = pl.from_arrow(table.to_pyarrow_table(filters=list(filters)))
        assert isinstance(frame, pl.DataFrame)
        return as_stored(frame, self.name)

    def _headed(
        self, rows: pl.DataFrame, segment: int, entry: int, previous: str, as_of: datetime,
        *, is_snapshot: bool,
    ) -> tuple[pa.Table, str]:  # fmt: skip
        """Return rows as they are stored, below their head, and the hash in it."""
        stamp = [
            pl.lit(segment, pl.Int32).alias("segment"),
            pl.lit(entry, pl.Int64).alias("entry"),
            pl.lit(is_snapshot).alias("is_snapshot"),
        ]
        rows = rows.with_columns(*stamp)
        fresh = chained(previous, rows)
        head = pl.DataFrame(
            {
                "kind": [ledger.HEAD],
                "as_of": [as_of],
                "hash": [fresh],
                "previous_hash": [previous],
                "messages": [len(rows)],
            }
        ).with_columns(*stamp)
        return conform([head, rows], self.name).to_arrow(), fresh

    def _write(
        self, rows: pl.DataFrame, entry: int, as_of: datetime, guards: list[dl.Transaction]
    ) -> None:
        table, fresh = self._headed(rows, self._segment, entry, self.hash, as_of, is_snapshot=False)
        commit = dl.CommitProperties(
            app_transactions=guards,
            custom_metadata={"entry": str(entry), "hash": fresh, **self._epochs},
            max_commit_retries=0,  # the next version or none: never after somebody else's
        )
        while True:
            try:
                self._commit(table, commit)
            except (DeltaError, OSError) as error:
                if not self._has_the_same_sums(error):
                    raise fenced(f"ledger {self.name} has an entry of another one") from None
            else:
                break
        self.entry, self.hash = entry, fresh

    def _commit(self, rows: pa.Table, commit: dl.CommitProperties) -> None:
        if self._table is not None:
            dl.write_deltalake(
                self._table, rows, mode="append", commit_properties=commit,
                writer_properties=_WRITER,
            )  # fmt: skip
            return
        if "://" not in self.path:
            Path(self.path).parent.mkdir(parents=True, exist_ok=True)
        dl.write_deltalake(
            self.path, rows, mode="error", partition_by=["segment"], configuration=_SETTINGS,
            name=self.name, description=said(VERSIONS[self.name]),
            commit_properties=commit, writer_properties=_WRITER,
        )  # fmt: skip
        self._table = dl.DeltaTable(self.path)

    def _has_the_same_sums(self, refused: Exception) -> bool:
        """Say whether what was committed meanwhile left the sums as they were; take it up.

        Args:
            refused: What a commit of ours raised.

        Raises:
            UserError: nobody committed anything: it is no conflict, it could not be written.
        """
        with self._named():
            newest = dl.DeltaTable(self.path) if dl.DeltaTable.is_deltatable(self.path) else None
        before = -1 if self._table is None else self._table.version()
        if newest is None or newest.version() == before:
            raise unwritten(self._what, refused) from refused
        if self._table is None:
            return False
        commits = newest.history(newest.version() - before)
        self._table = newest
        return all(c["operation"] in _TIDYING or _SNAPSHOT in c for c in commits)


def chained(previous: str, rows: pl.DataFrame) -> str:
    """Return the hash of an entry: of its rows, in any order, and of the entry before."""
    times = [pl.col(n).dt.timestamp("us") for n, t in rows.schema.items()
             if isinstance(t, pl.Datetime)]  # fmt: skip
    columns = sorted(set(rows.columns) - {"segment", "hash", "previous_hash", "as_of"})
    text = rows.with_columns(times).select(columns).sort(columns, nulls_last=True).write_csv()
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()
