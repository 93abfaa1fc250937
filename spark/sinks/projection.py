"""The ledgers' projection into PostgreSQL: one transaction an entry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl
import psycopg
from psycopg import sql

from election import crash_points
from election.tables import ANALYTICS, FACTS, OPS, Table
from spark.sinks.lease import Lease
from spark.sinks.shown import held_rows
from spark.sinks.warehouse import Warehouse, upsert

POSTGRES, BIGQUERY, RESULTS = "postgres", "bigquery", "results"
STAGE = "spark"
Row = dict[str, Any]
# Batches of entries that the ledgers have lost: their messages are counted again.
_BEYOND_THE_LEDGERS = """
delete from ops.batches as batch
where night_id = %(night)s and stage = %(stage)s and next_offset > coalesce((
  select tallied.next_offset from ops.tallied
  where tallied.night_id = batch.night_id and tallied.topic = batch.topic
    and tallied.kafka_partition = batch.kafka_partition
), 0)
"""


@dataclass(frozen=True)
class NightColumns:
    """The columns that every live row shares."""

    night_id: str
    election_id: str
    polling_date: date


@dataclass(frozen=True)
class Entry:
    """What one entry changes, ready to write: rows by table, accounts, ledger versions."""

    number: int
    as_of: datetime
    started_at: datetime
    live: dict[str, list[Row]]
    facts: dict[str, list[Row]]
    rejections: list[Row]
    tallied: list[Row]
    accounts: pl.DataFrame
    ledger_versions: dict[str, int]
    has_every_batch: bool = False
    """The accounts are all that the ledgers have: no batch of other ledgers stays."""


class Projection:
    """Writes entries; knows which ledger version the database has."""

    sink = POSTGRES

    def __init__(self, warehouse: Warehouse, night: NightColumns, lease: Lease) -> None:
        self._warehouse = warehouse
        self._lease = lease
        self._night = night

    def start(self) -> None:
        """Do nothing: every entry is written at once."""

    def close(self) -> None:
        """Do nothing: nothing waits."""

    def held(self, table: Table) -> list[Row]:
        """Return the night's rows of a table."""
        return held_rows(self._warehouse, table, self._night.night_id)

    def versions(self) -> dict[tuple[str, str], int]:
        """Return the ledger version that each sink has, by (projection, ledger)."""
        rows = self._warehouse.read(
            "select projection, ledger, ledger_version from ops.projections where night_id = %s",
            (self._night.night_id,),
        )
        return {(projection, name): version for projection, name, version in rows}

    def write(self, entry: Entry, sent: Mapping[str, int], *, anew: bool = False) -> None:
        """Write an entry's rows and the versions that go with them.

        Args:
            entry: What to write.
            sent: The version of each ledger that the topic `results` has.
            anew: The entry has every row of the night: what else is there goes.

        Raises:
            FencedError: another driver has taken the night over.
        """

        def work(cursor: psycopg.Cursor[Any]) -> None:
            # What an older driver wakes up with must not go over what a newer one wrote.
            self._lease.hold(cursor)
            self._write_tables(cursor, self.tables(entry), anew=anew)
            if anew:
                self._drop_batches(cursor, entry)
            upsert(cursor, OPS["batches"], self._batches(entry))
            upsert(cursor, OPS["projections"], self._versions(entry, sent))
            crash_points.reached("spark.before_commit")

        self._warehouse.transact(work)

    def tables(self, entry: Entry) -> Iterator[tuple[Table, list[Row]]]:
        """Yield the rows of an entry that say what the night comes to, by table."""
        for name, rows in entry.live.items():
            yield ANALYTICS[name], [self.live_row(row, entry) for row in rows]
        for name, rows in {**entry.facts, "rejections": entry.rejections}.items():
            yield FACTS[name], [self._of_night(row) for row in rows]
        stamp = {"ledger_version": entry.number, "updated_at": entry.as_of}
        yield OPS["tallied"], [self._of_night(row | stamp) for row in entry.tallied]

    def _write_tables(
        self, cursor: psycopg.Cursor[Any], tables: Iterable[tuple[Table, list[Row]]], *, anew: bool
    ) -> None:
        """Write an entry's rows; with `anew`, what else is there goes."""
        if anew:
            self._clear(cursor, (*ANALYTICS.values(), *FACTS.values(), OPS["tallied"]))
        for table, rows in tables:
            upsert(cursor, table, rows)

    def _clear(self, cursor: psycopg.Cursor[Any], tables: Iterable[Table]) -> None:
        for table in tables:
            query = sql.SQL("delete from {} where night_id = %s")
            name = sql.Identifier(table.schema, table.name)
            cursor.execute(query.format(name), (self._night.night_id,))

    def _drop_batches(self, cursor: psycopg.Cursor[Any], entry: Entry) -> None:
        if entry.has_every_batch:
            cursor.execute(
                "delete from ops.batches where night_id = %s and stage = %s",
                (self._night.night_id, STAGE),
            )
        cursor.execute(_BEYOND_THE_LEDGERS, {"night": self._night.night_id, "stage": STAGE})

    def _of_night(self, row: Row) -> Row:
        return {"night_id": self._night.night_id, **row}

    def live_row(self, row: Row, entry: Entry) -> Row:
        """Return a live row as the database has it."""
        return {
            "night_id": self._night.night_id,
            **row,
            "election_id": self._night.election_id,
            "polling_date": self._night.polling_date,
            "as_of": entry.as_of,
            "ledger_version": entry.number,
        }

    def _batches(self, entry: Entry) -> list[Row]:
        same = ("topic", "kafka_partition", "first_offset", "messages", "accepted", "late",
                "duplicate", "rejected", "first_produced_at", "last_produced_at")  # fmt: skip
        return [
            self._of_night(
                {
                    "stage": STAGE,
                    "batch": account["entry"] if account["entry"] is not None else entry.number,
                    **{name: account[name] for name in same},
                    "next_offset": account["last_offset"] + 1,
                    "started_at": entry.started_at,
                    "finished_at": datetime.now(entry.started_at.tzinfo),
                }
            )
            for account in entry.accounts.iter_rows(named=True)
        ]

    def _versions(self, entry: Entry, sent: Mapping[str, int]) -> list[Row]:
        here = self._versions_of(entry, self.sink, entry.ledger_versions)
        return [*here, *self._versions_of(entry, RESULTS, sent)]

    def _versions_of(self, entry: Entry, sink: str, versions: Mapping[str, int]) -> list[Row]:
        return [
            self._of_night(
                {
                    "projection": sink,
                    "ledger": name,
                    "ledger_version": version,
                    "updated_at": entry.as_of,
                }
            )
            for name, version in versions.items()
        ]
