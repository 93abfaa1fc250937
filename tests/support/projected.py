"""A count on ledgers with its sinks, without Spark and without a broker."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace

from support.events import ELECTION_ID, NIGHT_ID, POLLING_DATE
from support.reduced import DIMENSIONS, fetch_from, log_of, reduced
from support.warehouse import throwaway_warehouse

from election import ddl
from election.settings import PostgresSettings, read_settings
from spark.jobs.counting import Count, LiveCount
from spark.sinks.lease import Lease
from spark.sinks.projection import NightColumns, Projection
from spark.sinks.warehouse import Warehouse
from spark.tally.ledger import Ledger
from spark.tally.rows import COUNT, TURNOUT
from spark.tally.tally import Claims, Tally

NIGHT = NightColumns(NIGHT_ID, ELECTION_ID, POLLING_DATE)
COUNTS = {"constituencies": 1, "candidates": 2}
SPARK = SimpleNamespace(sparkContext=SimpleNamespace(defaultParallelism=1))


class Messages(list):
    """A part of a log as a batch's messages."""

    def coalesce(self, _tasks):
        return self


class Judging:
    """Judges a part of a log without Spark."""

    def take(self, messages):
        return SimpleNamespace(reduced=reduced(messages), holding=fetch_from(messages))


@contextmanager
def warehouse_of_the_night():
    """Start a throwaway warehouse with the night's partitions."""
    with throwaway_warehouse() as up:
        with up.connect() as admin:
            for statement in ddl.create_night_partitions(NIGHT_ID):
                admin.execute(statement)
        yield up


def ledgers_of(folder, said, first_entry):
    """Write a log into new ledgers, as one entry."""
    log, claims = log_of(said), Claims()
    taken = Tally(claims, COUNTS).take(reduced(log), fetch_from(log))
    ledgers = {n: Ledger(str(folder / n), n, NIGHT_ID) for n in (TURNOUT, COUNT)}
    for name, one in ledgers.items():
        one.append(taken.increment.of(name), first_entry, datetime.now(UTC))
    return ledgers


@contextmanager
def count_on(warehouse, ledgers, projection_of=Projection):
    """Start a count on ledgers, with its PostgreSQL, without a broker."""
    count, sent = Count(ledgers, Judging(), DIMENSIONS, COUNTS), []
    topics = SimpleNamespace(results=sent.extend)
    sink = Warehouse(read_settings(PostgresSettings, **warehouse.environment()))
    lease = Lease(sink, NIGHT_ID, "spark")
    lease.take()
    live = LiveCount(SPARK, count, projection_of(sink, NIGHT, lease), topics, None)
    try:
        yield live, sink, sent
    finally:
        live.close()
        sink.close()
