"""Where raw is: the port that landing works through, and which of its two adapters to take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import pyarrow as pa

from election.settings import (
    BigQuerySettings,
    PostgresSettings,
    StorageSettings,
    read_settings,
)
from ingestion.settings import IngestionSettings


@dataclass(frozen=True)
class Landed:
    """What raw has of a partition between two offsets."""

    decoded: int
    refused: int
    first_produced_at: datetime | None
    last_produced_at: datetime | None


class Raw(Protocol):
    """The raw tables of a warehouse."""

    dataset: str
    disposition: Mapping[str, Any]
    """How dlt writes a load: merged by key, or appended."""
    is_keyed: bool
    """Whether dlt is told the key."""
    counts_operations: bool
    """Whether a table bears only so many loads a day."""

    def destination(self) -> Any:
        """Return dlt's destination."""

    def check(self) -> None:
        """Refuse tables that are not as declared."""

    def as_kept(self, rows: pa.Table) -> pa.Table:
        """Return rows with the columns that the warehouse has beside the declared ones."""

    def pace(self, settings: IngestionSettings) -> IngestionSettings:
        """Return how often loads come: as set, or as the warehouse bears."""

    def landed(self, night_id: str, topic: str, partition: int, first: int, end: int) -> Landed:
        """Count what is there of a partition from `first` up to, not including, `end`."""

    def note_sizes(self, messages: Mapping[str, int]) -> None:
        """Take note of how many messages of the night are there, by topic."""

    def close(self) -> None:
        """Leave the warehouse; harmless to repeat."""


def open_raw(storage: StorageSettings, postgres: PostgresSettings) -> Raw:
    """Return the adapter that the settings ask for.

    Raises:
        UserError: BigQuery is asked for and cannot be reached as described.
    """
    if storage.is_bigquery:
        from ingestion.raw_bigquery import BigQueryRaw

        return BigQueryRaw(read_settings(BigQuerySettings))
    from ingestion.raw_postgres import PostgresRaw

    return PostgresRaw(postgres)
