"""A tally ledger in Delta: append-only entries, guarded by Kafka offsets, chained by hash.

One writer: the table handle lives as long as the process, and every version after it must be its
own. An offset guard alone would not do: two drivers may count different partitions, and delta-rs
takes the same application transaction twice. Each entry carries the driver's epoch. An entry's
rows are increments; a segment starts with a snapshot, the sum of all rows before it, so that a
start reads one segment only.
"""

from __future__ import annotations

import hashlib
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

import deltalake as dl
import polars as pl
import pyarrow as pa
from deltalake.exceptions import DeltaError

from election import crash_points
from spark.damage import named_if_damaged, unwritten
from spark.fencing import fenced
from spark.schema_version import check_version, said
from spark.tally import rows as ledger
from spark.tally.rows import COUNT, REBUILD, SCHEMAS, VERSIONS, as_stored, conform

ENTRIES_IN_SEGMENT = 500
COMPACT_EVERY = 100
GENESIS = "0" * 64
_TIDYING = {"OPTIMIZE", "VACUUM START", "VACUUM END"}
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

    def load(self) -> pl.DataFrame:
        """Return the rows that add up to the present state, and remember the newest entry.

        Raises:
            UserError: a file is damaged or gone.
        """
        if self._table is None:
            return pl.DataFrame(schema=SCHEMAS[self.name])
        self._segment = max(int(p["segment"]) for p in self._table.partitions())
        rows = self._read(self._in(self._segment))
        heads = rows.filter(pl.col("kind") == ledger.HEAD).sort("entry", "is_snapshot")
        self.entry, self.hash = heads["entry"][-1], heads["hash"][-1]
        self._in_segment = int((~heads["is_snapshot"]).sum())
        return rows.filter(pl.col("kind") != ledger.HEAD)

    def rows_after(self, entry: int, kind: str) -> pl.DataFrame:
        """Return the increments of later entries, of a kind."""
        if self._table is None:
            return pl.DataFrame(schema=SCHEMAS[self.name])
        # A few rows of a whole night's: the reader leaves the others where they are.
        return self._read(("kind", "=", kind), ("entry", ">", entry), ("is_snapshot", "=", False))

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
        self._write(rows, entry, as_of, guards, is_snapshot=False)
        self._in_segment += 1
        if self._in_segment % COMPACT_EVERY == 0:
            self._compact(self._segment)

    def wants_snapshot(self) -> bool:
        """Say whether the segment is full."""
        return self._in_segment >= self._entries_in_segment

    def has_tail(self) -> bool:
        """Say whether entries came after the segment's snapshot."""
        return self._in_segment > 0

    def snapshot(self, as_of: datetime) -> None:
        """Start a new segment with the sum of the present one, and compact the old."""
        assert self._table is not None
        crash_points.reached("spark.before_snapshot")
        old = self._segment
        rows = self._read(self._in(old))
        self._segment += 1
        self._write(summed(rows, self.name), self.entry, as_of, [], is_snapshot=True)
        self._in_segment = 0
        crash_points.reached("spark.snapshot_taken")
        self._compact(old)

    def _compact(self, segment: int) -> None:
        """Make one file of a segment's; a compaction gives way to others' commits, we do not."""
        assert self._table is not None
        before = self._table.version()
        self._table.optimize.compact(
            partition_filters=[("segment", "=", str(segment))],
            commit_properties=dl.CommitProperties(custom_metadata=self._epochs),
        )
        commits = self._table.history(self._table.version() - before)
        if not {commit["operation"] for commit in commits} <= _TIDYING:
            raise fenced(f"ledger {self.name} has an entry of another one")

    @property
    def _what(self) -> str:
        return f"the ledger {self.name} of night {self._night_id}"

    def _named(self) -> AbstractContextManager[None]:
        return named_if_damaged(
            self._what,
            fix=f"delete the folder {self.path}: its part of the night is counted again from the"
            " broker",
        )

    @staticmethod
    def _in(segment: int) -> Filter:
        # What is a folder's name is compared as the number it stands for.
        return ("segment", "=", segment)

    def _read(self, *filters: Filter) -> pl.DataFrame:
        assert self._table is not None
        with self._named():
            frame = pl.from_arrow(self._table.to_pyarrow_table(filters=list(filters)))
        assert isinstance(frame, pl.DataFrame)
        return as_stored(frame, self.name)

    def _write(
        self, rows: pl.DataFrame, entry: int, as_of: datetime, guards: list[dl.Transaction],
        *, is_snapshot: bool,
    ) -> None:  # fmt: skip
        stamp = [
            pl.lit(self._segment, pl.Int32).alias("segment"),
            pl.lit(entry, pl.Int64).alias("entry"),
            pl.lit(is_snapshot).alias("is_snapshot"),
        ]
        rows = rows.with_columns(*stamp)
        fresh = chained(self.hash, rows)
        head = pl.DataFrame(
            {
                "kind": [ledger.HEAD],
                "as_of": [as_of],
                "hash": [fresh],
                "previous_hash": [self.hash],
                "messages": [len(rows)],
            }
        ).with_columns(*stamp)
        table = conform([head, rows], self.name).to_arrow()
        commit = dl.CommitProperties(
            app_transactions=guards,
            custom_metadata={"entry": str(entry), "hash": fresh, **self._epochs},
            max_commit_retries=0,  # the next version or none: never after somebody else's
        )
        try:
            self._commit(table, commit)
        except (DeltaError, OSError) as error:
            if not self._is_only_tidied(error):
                raise fenced(f"ledger {self.name} has an entry of another one") from None
            self._commit(table, commit)
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

    def _is_only_tidied(self, refused: Exception) -> bool:
        """Say whether what others committed meanwhile left the rows as they were; take it up.

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
        return {commit["operation"] for commit in commits} <= _TIDYING


def chained(previous: str, rows: pl.DataFrame) -> str:
    """Return the hash of an entry: of its rows, in any order, and of the entry before."""
    times = [pl.col(n).dt.timestamp("us") for n, t in rows.schema.items()
             if isinstance(t, pl.Datetime)]  # fmt: skip
    columns = sorted(set(rows.columns) - {"segment", "hash", "previous_hash", "as_of"})
    text = rows.with_columns(times).select(columns).sort(columns, nulls_last=True).write_csv()
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()


def summed(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return fewer rows with the same sums: what a segment starts with."""
    sheets = rows.filter(pl.col("kind") == ledger.SHEET)
    keys = ["kind", "topic", "kafka_partition"]
    cell = ["kind", "topic", "region_id", "age_band", "sex", "education"]
    spans = [pl.col("first_offset").min(), pl.col("last_offset").max()]
    total = pl.col("messages").sum()
    if name == COUNT:
        cell.append("party_abbreviation")
        seat = ["constituency_id", "candidate_id", "rejection_reason"]
        hour = pl.col("counted_at").dt.truncate("1h").alias("hour")
        sums = sheets.group_by(*keys, *seat, hour).agg(total, *spans, pl.col("counted_at").min())
        # The newest counting time of each seat, on a row that counts nothing.
        newest = sheets.group_by(*keys, "constituency_id").agg(
            pl.col("counted_at").max(), pl.lit(0, pl.Int64).alias("messages"), *spans
        )
        parts = [sums.drop("hour"), newest]
    else:
        parts = [sheets.group_by(*keys, "source", "method", "hour_start_at").agg(total, *spans)]
    words = rows.filter(pl.col("kind").is_in([ledger.NUMBERS, ledger.ELECTORS]))
    accounts = rows.filter(pl.col("kind") == ledger.ACCOUNT)
    classes = ("messages", "accepted", "late", "duplicate", "rejected")
    parts += [
        words.group_by("kind", "topic", "source", "word").agg(
            pl.col("bits").bitwise_or(), total
        ),
        rows.filter(pl.col("kind") == ledger.CELL).group_by(cell).agg(total),
        accounts.group_by(keys).agg(
            *(pl.col(c).sum() for c in classes), *spans,
            pl.col("first_produced_at").min(), pl.col("last_produced_at").max(),
        ),
        rows.filter(pl.col("kind") == ledger.FACT),
    ]  # fmt: skip
    return conform([part for part in parts if len(part)], name)
