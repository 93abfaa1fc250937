"""What PostgreSQL and the topic `results` show of a night, beside what its ledgers say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl
from pyspark.sql import SparkSession

from election.settings import BrokerSettings, NightSettings
from election.tables import ANALYTICS
from spark.jobs.count_beside import CountBeside
from spark.jobs.counting import Count, LiveCount
from spark.sinks.kafka_topics import Topics
from spark.sinks.lease import Lease
from spark.sinks.open_projection import open_projection
from spark.sinks.projection import Entry, NightColumns, Row
from spark.sinks.shown import differing_results, differing_rows, held_results
from spark.sinks.warehouse import Warehouse
from spark.tally.ledger import Ledger

FROM_THE_START = -1
"""Of a ledger whose entries are others than those that `ops.batches` tells of."""


@dataclass(frozen=True)
class Showing:
    """A comparison of the sinks with ledgers, and the means to write them anew."""

    differences: list[str]
    live_rows: dict[str, list[Row]]
    """The rows of each live table, as the ledgers say."""
    _entry: Entry
    _live: LiveCount
    _stale: list[bytes]

    def write_anew(self) -> None:
        """Make the sinks say what the ledgers do; keys that the ledgers do not have go."""
        self._live.write_anew(self._entry, self._stale)


@dataclass(frozen=True)
class Sinks:
    """The sinks of one night."""

    spark: SparkSession
    night: NightSettings
    warehouse: Warehouse
    broker: BrokerSettings
    lease: Lease

    def beside(self, ledgers: Mapping[str, Ledger], judged: CountBeside, since: int) -> Showing:
        """Compare with ledgers.

        Args:
            ledgers: What is right.
            judged: Seats and rules of the night.
            since: Accounts of later entries go into `ops.batches`, should the sinks be written.
        """
        count = Count(ledgers, judged.judging, judged.dimensions, judged.dimension_counts)
        night = NightColumns(self.night.night_id, self.night.election_id, self.night.polling_date)
        projection = open_projection(self.warehouse, night, self.lease)
        topics = Topics(self.broker)
        live = LiveCount(self.spark, count, projection, topics, None)
        entry = live.whole(ledgers, dict.fromkeys(ledgers, since))
        # Messages that are counted again say nothing about freshness.
        unknown = pl.lit(None, pl.Datetime("us", "UTC"))
        entry = replace(
            entry,
            accounts=entry.accounts.with_columns(
                first_produced_at=unknown, last_produced_at=unknown
            ),
            has_every_batch=since == FROM_THE_START,
        )
        lines, live_rows = [], {}
        for table, rows in projection.tables(entry):
            lines += differing_rows(table, projection.held(table), rows)
            if table.name in ANALYTICS:
                live_rows[table.name] = rows
        results, stale = differing_results(held_results(self.broker), live.results_of(entry))
        return Showing([*lines, *results], live_rows, entry, live, stale)
