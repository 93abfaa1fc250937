"""What a task judged, kept on its executor's disk until the exact pass has looked at it.

Most batches have some numbers that came twice, and judging is most of what a batch costs. A file
that is not where it is looked for (another executor took the task) is no loss: the messages are
read again.
"""

from __future__ import annotations

import uuid
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
from pyspark import SparkFiles, TaskContext

from spark.blocks.reduce import PREPARED


class Keeper:
    """Writes one task's prepared messages that hold a number; older files of its place go."""

    def __init__(self, batch: str) -> None:
        context = TaskContext.get()
        assert context is not None
        self.part = context.partitionId()
        self._path = path_of(batch, self.part)
        self._written = self._path.with_suffix(f".{uuid.uuid4()}")
        self._closing = ExitStack()
        self._writer: Any = None

    def keep(self, prepared: pl.DataFrame) -> None:
        """Add a block's messages."""
        table = prepared.filter(pl.col("source").is_not_null()).to_arrow()
        if self._writer is None:
            sink = self._closing.enter_context(pa.OSFile(str(self._written), "wb"))
            self._writer = self._closing.enter_context(pa.ipc.new_stream(sink, table.schema))
        self._writer.write_table(table)

    def close(self) -> None:
        """Make the file whole, and the only one of its place."""
        self._closing.close()
        if self._writer is None:
            return
        for old in self._path.parent.glob(f"kept-{self.part}-*.arrow"):
            old.unlink(missing_ok=True)
        self._written.rename(self._path)


def kept(batch: str, part: int) -> pl.DataFrame | None:
    """Return PREPARED rows that a task kept, None if they are not on this executor."""
    path = path_of(batch, part)
    if not path.exists():
        return None
    return pl.read_ipc_stream(path).select(PREPARED.names())


def path_of(batch: str, part: int) -> Path:
    """Return where a task's file is: in a folder that ends with the application."""
    return Path(SparkFiles.getRootDirectory()) / f"kept-{part}-{batch}.arrow"
