"""The ledgers' projection into BigQuery; what the stage says about itself stays in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import psycopg

from election.tables import FACTS, OPS, Table
from spark.sinks.bigquery_tables import BigQueryTables
from spark.sinks.lease import Lease
from spark.sinks.projection import BIGQUERY, RESULTS, STAGE, Entry, NightColumns, Projection, Row
from spark.sinks.warehouse import Warehouse, upsert
from warehouse.clients import Access
from warehouse.operations import MERGE, count_operations

# Small, and asked for in PostgreSQL: how far the count is, and what can be sent again.
_IN_BOTH = (OPS["tallied"], FACTS["rejections"])


class BigQueryProjection(Projection):
    """Lets rows wait for BigQuery; the ledger version that it has is merged beside them."""

    sink = BIGQUERY

    def __init__(
        self, warehouse: Warehouse, night: NightColumns, lease: Lease, access: Access
    ) -> None:
        super().__init__(warehouse, night, lease)
        # The thread has a connection of its own.
        self._counting = warehouse.beside()
        own = lease.beside(self._counting)
        self._tables = BigQueryTables(
            access, night.night_id, night.polling_date, driver=f"epoch-{lease.epoch}",
            before=own.renew, count=self._operations,
        )  # fmt: skip

    def start(self) -> None:
        """Begin to write at the settings' cadence."""
        self._tables.start()

    def versions(self) -> dict[tuple[str, str], int]:
        """Return the ledger version that each sink has, by (projection, ledger)."""
        rows = self._tables.held(OPS["projections"])
        there = {(r["projection"], r["ledger"]): r["ledger_version"] for r in rows}
        return super().versions() | there

    def write(self, entry: Entry, sent: Mapping[str, int], *, anew: bool = False) -> None:
        """Let an entry's rows wait for BigQuery; with `anew`, write them and what else is now."""
        super().write(entry, sent, anew=anew)
        tables = list(self.tables(entry))
        batches = (OPS["batches"], self._batches(entry))
        versions = (OPS["projections"], self._versions_of(entry, BIGQUERY, entry.ledger_versions))
        if anew:
            self._tables.write_anew(tables)
            self._tables.write_batches(batches[1], are_all=entry.has_every_batch)
            self._tables.write_anew([versions])  # last: until then the next start writes all again
        else:
            self._tables.take([*tables, batches, versions])

    def _write_tables(
        self, cursor: psycopg.Cursor[Any], tables: Iterable[tuple[Table, list[Row]]], *, anew: bool
    ) -> None:
        if anew:
            self._clear(cursor, _IN_BOTH)
        for table, rows in tables:
            if table in _IN_BOTH:
                upsert(cursor, table, rows)

    def held(self, table: Table) -> list[dict[str, Any]]:
        """Return the night's rows of a table as BigQuery has them."""
        return self._tables.held(table)

    def close(self) -> None:
        """Write what waits."""
        self._tables.close()
        self._counting.close()

    def _versions(self, entry: Entry, sent: Mapping[str, int]) -> list[Row]:
        return self._versions_of(entry, RESULTS, sent)

    def _operations(self, tables: Iterable[Table]) -> None:
        changed = [table.full_name for table in tables]  # the transaction may be tried again
        self._counting.transact(
            lambda cursor: count_operations(cursor, self._night.night_id, STAGE, MERGE, changed)
        )
