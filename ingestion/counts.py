"""What a load took of each partition, counted while it is read (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from election.tables import RAW, RAW_REJECTED, Table
from ingestion.decode import Decoded
from ingestion.offsets import Span


@dataclass(frozen=True)
class PartCount:
    """Offsets `first` up to, not including, `end` of a partition: rows of raw and refusals."""

    topic: str
    partition: int
    first: int
    end: int
    decoded: int
    refused: int
    first_produced_at: datetime | None
    last_produced_at: datetime | None

    @property
    def messages(self) -> int:
        """All that was read."""
        return self.decoded + self.refused


def count_parts(spans: Iterable[Span], topic: str, decoded: Decoded) -> Iterator[PartCount]:
    """Yield the count of each partition of a topic that was read."""
    for span in spans:
        if span.topic == topic:
            rows, rejected = (
                _of_partition(table, span.partition) for table in (decoded.rows, decoded.rejected)
            )
            produced = pc.min_max(rows["produced_at"]).as_py()
            yield PartCount(
                topic, span.partition, span.first, span.end, rows.num_rows, rejected.num_rows,
                produced["min"], produced["max"],
            )  # fmt: skip


def tables_loaded(counts: Iterable[PartCount]) -> set[Table]:
    """Return the raw tables that a load wrote to."""
    counts = list(counts)
    tables = {RAW[count.topic] for count in counts if count.decoded}
    return tables | ({RAW_REJECTED} if any(count.refused for count in counts) else set())


def _of_partition(table: pa.Table, partition: int) -> pa.Table:
    return table.filter(pc.equal(table["kafka_partition"], partition))
