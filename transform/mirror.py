"""What stages say about themselves, carried from PostgreSQL to BigQuery before each dbt run.

Heartbeats, leases and the clock need row locks and writes within a second, so that `ops` is in
PostgreSQL whatever the warehouse is. The marts read a copy.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from copy import copy
from datetime import date
from typing import Any

import psycopg
from psycopg import sql

from election.settings import PostgresSettings
from election.tables import OPS, Table
from transform.invocation import Dbt
from transform.outcome import Outcome
from warehouse.clients import Access
from warehouse.jobs import Jobs
from warehouse.merging import merge, struct
from warehouse.tables import address

STAGE = "dbt"
EVERY_ROW = sql.SQL("true")
# Marts measure freshness over the last minutes; every batch of a night would be too many rows.
CONDITIONS = {
    "nights": EVERY_ROW,
    "election_clock": EVERY_ROW,
    "batches": sql.SQL("finished_at > now() - interval '10 minutes'"),
    "landed": EVERY_ROW,
    "produced": EVERY_ROW,
    "stage_status": EVERY_ROW,
    "dbt_runs": EVERY_ROW,
    "editions": EVERY_ROW,
}


class MirroredDbt:
    """dbt on BigQuery: every run sees `ops` as it is when the run begins."""

    def __init__(
        self, dbt: Dbt, postgres: PostgresSettings, access: Access, polling_date: date
    ) -> None:
        self._dbt = dbt
        self._arguments: dict[str, Any] = postgres.connect_arguments("transform")
        self._access, self._day = access, polling_date
        self._jobs = Jobs(access.client(), access.settings, STAGE)

    def run(self, *invocations: Sequence[str]) -> Outcome:
        """Carry `ops` over, then run invocations one after the other.

        Raises:
            UserError: BigQuery does not take it.
        """
        self.carry()
        return self._dbt.run(*invocations)

    def final(self) -> MirroredDbt:
        """Return the same project for a night with nothing to come."""
        return self._of(self._dbt.final())

    def of_edition(self) -> MirroredDbt:
        """Return the same project with invariants that look at the edition beside."""
        return self._of(self._dbt.of_edition())

    def marts(self) -> list[str]:
        """Return the names of the marts."""
        return self._dbt.marts()

    def _of(self, dbt: Dbt) -> MirroredDbt:
        other = copy(self)
        other._dbt = dbt
        return other

    def carry(self) -> None:
        """Merge the present rows in one transaction."""
        from google.cloud.bigquery import ArrayQueryParameter

        statements, parameters = [], []
        with psycopg.connect(**self._arguments, connect_timeout=10) as connection:
            for name, condition in CONDITIONS.items():
                table = OPS[name]
                if rows := _rows(connection, table, condition):
                    place = address(self._access.settings, table)
                    statements.append(merge(table, place, self._day, anew=True))
                    cells = [struct(table, row) for row in rows]
                    parameters.append(ArrayQueryParameter(name, "STRUCT", cells))
        if statements:
            self._jobs.query(
                f"begin transaction;\n{''.join(statements)}commit transaction", parameters,
                name=f"ops-{time.time_ns():x}", doing="ops could not be carried over",
                use_cache=False,
            )  # fmt: skip


def _rows(
    connection: psycopg.Connection[Any], table: Table, condition: sql.SQL
) -> list[dict[str, Any]]:
    """Return rows; JSON as its text, as parameters have it."""
    columns = sql.SQL(", ").join(
        sql.SQL("{}::text").format(sql.Identifier(c.name))
        if c.type.value == "jsonb"
        else sql.Identifier(c.name)
        for c in table.columns
    )
    query = sql.SQL("select {} from {} where {}").format(
        columns, sql.Identifier(table.schema, table.name), condition
    )
    names = [column.name for column in table.columns]
    return [dict(zip(names, row, strict=True)) for row in connection.execute(query)]
