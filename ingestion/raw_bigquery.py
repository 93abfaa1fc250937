"""Raw in BigQuery: appended by load jobs that run once; repeats are taken out when read (I/O).

A merge would scan the table at every load. What a kill made twice has the same night, partition and
offset, and dbt's staging views show each of them once.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import pyarrow as pa

from election.bigquery import first_day
from election.settings import BigQuerySettings
from election.tables import LANDED_AT, RAW, RAW_DAY, RAW_REJECTED, Table
from ingestion.columns import arrow_field
from ingestion.raw import Landed
from ingestion.settings import IngestionSettings
from warehouse import tables
from warehouse.clients import open_access
from warehouse.jobs import Jobs
from warehouse.partitions import since

STAGE = "ingestion"
_COUNT = """
select count(distinct kafka_offset), {columns}
from `{table}`
where {days} and night_id = @night
  and kafka_partition = @partition and kafka_offset >= @first and kafka_offset < @end {more}
"""


class BigQueryRaw:
    """See `ingestion.raw.Raw`."""

    disposition: Mapping[str, Any] = MappingProxyType({"disposition": "append"})
    is_keyed = False
    counts_operations = True

    def __init__(self, settings: BigQuerySettings) -> None:
        self._settings = settings
        self._access = open_access(settings)
        self._client = self._access.client()
        self._jobs = Jobs(self._client, settings, STAGE)
        self.dataset = settings.dataset("raw")

    def destination(self) -> Any:
        """Return dlt's BigQuery."""
        return self._access.dlt_destination()

    def check(self) -> None:
        """Compare the tables with their declaration.

        Raises:
            UserError: somebody changed one by hand, or it is not there.
        """
        tables.check(self._client, self._settings, (*RAW.values(), RAW_REJECTED))

    def as_kept(self, rows: pa.Table) -> pa.Table:
        """Return rows with the time at which they were read: the day of it is their partition."""
        field = arrow_field(LANDED_AT)
        now = pa.scalar(datetime.now(UTC), field.type)
        return rows.append_column(field, pa.repeat(now, rows.num_rows))

    def pace(self, settings: IngestionSettings) -> IngestionSettings:
        """Return loads far enough apart: a table bears 1,500 a day, failed ones included.

        A full one may be followed at once: it takes many messages for its one operation.
        """
        return settings.model_copy(
            update={
                "load_at_once": settings.load_at_most,
                "load_after_s": max(settings.load_after_s, self._settings.load_every_s),
            }
        )

    def landed(self, night_id: str, topic: str, partition: int, first: int, end: int) -> Landed:
        """Count each offset once, however often it was appended."""
        count, since, until = self._count(
            RAW[topic], "min(produced_at), max(produced_at)", night_id, topic, partition, first, end
        )
        refused = self._count(
            RAW_REJECTED, "null", night_id, topic, partition, first, end, "and topic = @topic"
        )
        return Landed(count, refused[0], since, until)

    def note_sizes(self, messages: Mapping[str, int]) -> None:
        """Do nothing: BigQuery keeps its own statistics."""

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _count(
        self, table: Table, columns: str, night_id: str, topic: str, partition: int, first: int,
        end: int, more: str = "",
    ) -> tuple[Any, ...]:  # fmt: skip
        from google.cloud.bigquery import ScalarQueryParameter as Scalar

        query = _COUNT.format(
            columns=columns, table=tables.address(self._settings, table), more=more,
            days=since(RAW_DAY, first_day(night_id)),
        )  # fmt: skip
        numbers = {"partition": partition, "first": first, "end": end}
        parameters = [
            Scalar("night", "STRING", night_id),
            Scalar("topic", "STRING", topic),
            *(Scalar(name, "INT64", value) for name, value in numbers.items()),
        ]
        (row,) = self._jobs.read(query, parameters, doing=f"{table.full_name} could not be counted")
        return tuple(row)
