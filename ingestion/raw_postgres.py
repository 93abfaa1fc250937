"""Raw in PostgreSQL: parquet through ADBC into staging tables, then delete-insert by key (I/O)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import psycopg
import pyarrow as pa
from dlt.destinations import postgres
from psycopg import sql

from election.settings import PostgresSettings
from election.tables import RAW
from ingestion.raw import Landed
from ingestion.settings import IngestionSettings

# The merge looks its rows up by the key's index: without this PostgreSQL may read all of raw
# instead, which costs more with every load. Tabs, because the ADBC driver's address would
# have a plus sign for each space.
SESSION = "-cenable_hashjoin=off\t-cenable_mergejoin=off\t-cwork_mem=64MB"
_DECODED = sql.SQL("""
select count(*), min(produced_at), max(produced_at) from {}
where night_id = %(night)s and kafka_partition = %(partition)s
  and kafka_offset >= %(first)s and kafka_offset < %(end)s
""")
_REFUSED = """
select count(*) from raw.rejected_messages
where night_id = %(night)s and topic = %(topic)s and kafka_partition = %(partition)s
  and kafka_offset >= %(first)s and kafka_offset < %(end)s
"""


class PostgresRaw:
    """See `ingestion.raw.Raw`."""

    dataset = "raw"
    # A load reads an offset once: dlt need not look for repeats, and a repeat breaks the key.
    disposition: Mapping[str, Any] = MappingProxyType(
        {"disposition": "merge", "strategy": "delete-insert", "deduplicated": True}
    )
    is_keyed = True
    counts_operations = False

    def __init__(self, settings: PostgresSettings) -> None:
        self._login = settings.connect_arguments("loader")
        self._connection: psycopg.Connection[Any] | None = None
        self._size_when_analysed: dict[str, int] = {}

    def destination(self) -> Any:
        """Return dlt's PostgreSQL."""
        login = self._login
        return postgres(
            credentials={
                "host": login["host"],
                "port": login["port"],
                "database": login["dbname"],
                "username": login["user"],
                "password": login["password"],
                "connect_timeout": 10,
                "query": {"options": SESSION},
            }
        )

    def check(self) -> None:
        """Do nothing: the project lays PostgreSQL out itself."""

    def as_kept(self, rows: pa.Table) -> pa.Table:
        """Return the rows."""
        return rows

    def pace(self, settings: IngestionSettings) -> IngestionSettings:
        """Return the settings."""
        return settings

    def landed(self, night_id: str, topic: str, partition: int, first: int, end: int) -> Landed:
        """Count by the key's index."""
        values = {"night": night_id, "topic": topic, "partition": partition, "first": first,
                  "end": end}  # fmt: skip
        connection = self._connect()
        decoded = connection.execute(_DECODED.format(_table(topic)), values).fetchone()
        refused = connection.execute(_REFUSED, values).fetchone()
        assert decoded is not None and refused is not None
        return Landed(decoded[0], refused[0], decoded[1], decoded[2])

    def note_sizes(self, messages: Mapping[str, int]) -> None:
        """Refresh the planner's statistics of a topic that has doubled since the last time.

        Beside the millions of an earlier night the first rows of a new one are too few for
        PostgreSQL to do it by itself: taken for one row, they are joined in loops that do not end.
        """
        for topic, size in messages.items():
            if size and size >= 2 * self._size_when_analysed.get(topic, 0):
                self._connect().execute(sql.SQL("analyze {}").format(_table(topic)))
                self._size_when_analysed[topic] = size

    def close(self) -> None:
        """Leave the database; harmless to repeat."""
        if self._connection is not None:
            self._connection.close()

    def _connect(self) -> psycopg.Connection[Any]:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(**self._login, autocommit=True)  # type: ignore[arg-type]
        return self._connection


def _table(topic: str) -> sql.Identifier:
    return sql.Identifier(*RAW[topic].full_name.split("."))
