"""What stages say about themselves, carried from PostgreSQL to BigQuery before each dbt run.

Heartbeats, leases and the clock need row locks and writes within a second, so that `ops` is in
PostgreSQL whatever the warehouse is. The marts read a copy.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
from psycopg import sql

from election.settings import PostgresSettings
from election.tables import OPS, Table
from transform.invocation import Dbt
from transform.outcome import Outcome
from warehouse.clients import Access
from warehouse.jobs import Jobs
from warehouse.merging import key_of, key_text, merge, struct
from warehouse.operations import MERGE, count_operations
from warehouse.partitions import Days
from warehouse.tables import address

STAGE = "dbt"
# What Spark says of its batches it merges with its live tables, so that both always agree.
BY_OTHERS = "stage <> 'spark'"
BATCHES = sql.SQL(
    f"night_id = {{night}} and {BY_OTHERS} and (finished_at > {{since}} or {{since}} is null)"
)
EVERY_ROW = sql.SQL("true")
CARRIED = {
    "nights": EVERY_ROW,
    "election_clock": EVERY_ROW,
    "batches": BATCHES,
    "landed": EVERY_ROW,
    "produced": EVERY_ROW,
    "stage_status": EVERY_ROW,
    "dbt_runs": EVERY_ROW,
    "editions": EVERY_ROW,
}
# Of these a night has rows that may go: books that were ahead of raw are forgotten and begun anew.
MAY_GO = tuple(name for name in CARRIED if OPS[name].key != ("night_id",))
# A stage writes a batch's time down some moments before others can see it.
OVERLAP = timedelta(minutes=10)
MOST_ROWS = 2_000  # in one request, which may have 10 MB


Keys = dict[str, set[str]]
"""Keys of a night's rows as texts, by table."""


class Mirror:
    """Carries `ops` over for one night."""

    def __init__(
        self, postgres: PostgresSettings, access: Access, night_id: str, polling_date: date
    ) -> None:
        self._night_id, self._days = night_id, Days.of(night_id, polling_date)
        self._arguments: dict[str, Any] = postgres.connect_arguments("transform")
        self._access = access
        self._jobs = Jobs(access.client(), access.settings, STAGE)
        self._carried_at: datetime | None = None
        self._there: Keys | None = None  # None: not known, BigQuery is asked

    def carry(self) -> None:
        """Make BigQuery's rows those that are there now: merge them, and remove what is gone.

        In one transaction, but for batches that are too many for it. The first time every batch
        of the night is merged, then those since the last time.

        Raises:
            UserError: BigQuery does not take it.
        """
        now, since = datetime.now(UTC), self._carried_at and self._carried_at - OVERLAP
        values = {"night": sql.Literal(self._night_id), "since": sql.Literal(since)}
        with psycopg.connect(**self._arguments, connect_timeout=10) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            rows = {
                name: _rows(connection, OPS[name], condition.format(**values))
                for name, condition in CARRIED.items()
            }
            present = {name: _keys(connection, OPS[name], self._night_id) for name in MAY_GO}
        written = [OPS[name].full_name for name, some in rows.items() if some]
        there, self._there = self._there or self._held(), None
        *full, rest = _parts(rows.pop("batches"))
        for part in full:
            self._write({"batches": part}, {})
        self._write({**rows, "batches": rest}, {n: there[n] - present[n] for n in MAY_GO})
        self._carried_at, self._there = now, present
        self.count(MERGE, written)

    def count(self, kind: str, tables: Iterable[str]) -> None:
        """Count an operation on each of some tables."""
        with psycopg.connect(**self._arguments, connect_timeout=10) as connection:
            count_operations(connection, self._night_id, STAGE, kind, tables)

    def _write(self, rows: dict[str, list[dict[str, Any]]], gone: Keys) -> None:
        from google.cloud.bigquery import ArrayQueryParameter

        statements, parameters = [], [self._night()]
        for name, keys in gone.items():
            if keys:
                statements.append(
                    f"delete from {self._place(name)} where {self._of_night(name)}"  # noqa: S608
                    f" and {key_text(OPS[name])} in unnest(@gone_{name});\n"
                )
                parameters.append(ArrayQueryParameter(f"gone_{name}", "STRING", sorted(keys)))
        for name, some in rows.items():
            if some:
                place = address(self._access.settings, OPS[name])
                statements.append(merge(OPS[name], place, self._days, anew=True))
                cells = [struct(OPS[name], row) for row in some]
                parameters.append(ArrayQueryParameter(name, "STRUCT", cells))
        if statements:
            self._jobs.query(
                f"begin transaction;\n{''.join(statements)}commit transaction", parameters,
                name=f"ops-{time.time_ns():x}", doing="ops could not be carried over",
                use_cache=False,
            )  # fmt: skip

    def _held(self) -> Keys:
        """Return the keys that BigQuery has of the night."""
        query = " union all ".join(
            f"select '{name}', {key_text(OPS[name])} from {self._place(name)}"  # noqa: S608
            f" where {self._of_night(name)}"
            for name in MAY_GO
        )
        held: Keys = {name: set() for name in MAY_GO}
        for name, key in self._jobs.read(query, [self._night()], doing="ops could not be read"):
            held[name].add(key)
        return held

    def _of_night(self, name: str) -> str:
        """Return the condition on the rows that are carried to a table."""
        others = f" and {BY_OTHERS}" if name == "batches" else ""
        return f"night_id = @night and {self._days.condition(OPS[name])}{others}"

    def _place(self, name: str) -> str:
        return f"`{address(self._access.settings, OPS[name])}`"

    def _night(self) -> Any:
        from google.cloud.bigquery import ScalarQueryParameter as Scalar

        return Scalar("night", "STRING", self._night_id)


class MirroredDbt:
    """dbt on BigQuery: every run sees `ops` as it is when the run begins."""

    def __init__(self, dbt: Dbt, mirror: Mirror) -> None:
        self._dbt, self._mirror = dbt, mirror

    def run(self, *invocations: Sequence[str]) -> Outcome:
        """Carry `ops` over, then run invocations one after the other.

        Raises:
            UserError: BigQuery does not take it.
        """
        self._mirror.carry()
        outcome = self._dbt.run(*invocations)
        for kind, table in outcome.stored:
            self._mirror.count(kind, [table])
        return outcome

    def final(self) -> MirroredDbt:
        """Return the same project for a night with nothing to come."""
        return MirroredDbt(self._dbt.final(), self._mirror)

    def of_edition(self) -> MirroredDbt:
        """Return the same project with invariants that look at the edition beside."""
        return MirroredDbt(self._dbt.of_edition(), self._mirror)

    def marts(self) -> list[str]:
        """Return the names of the marts."""
        return self._dbt.marts()


def _parts(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Yield what one request takes, the rest last; one part at least."""
    for first in range(0, max(len(rows), 1), MOST_ROWS):
        yield rows[first : first + MOST_ROWS]


def _keys(connection: psycopg.Connection[Any], table: Table, night_id: str) -> set[str]:
    """Return the keys of the night's rows that are carried over, written lately or not."""
    others = sql.SQL(f" and {BY_OTHERS}") if table is OPS["batches"] else sql.SQL("")
    query = sql.SQL("select {} from {} where night_id = {}{}").format(
        sql.SQL(", ").join(map(sql.Identifier, table.key)),
        sql.Identifier(table.schema, table.name), sql.Literal(night_id), others,
    )  # fmt: skip
    return {
        key_of(table, dict(zip(table.key, row, strict=True))) for row in connection.execute(query)
    }


def _rows(
    connection: psycopg.Connection[Any], table: Table, condition: sql.Composable
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
