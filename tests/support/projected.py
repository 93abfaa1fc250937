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
from spark.jobs.counting import LiveCount
from spark.sinks.lease import Lease
from spark.sinks.projection import NightColumns, Projection
from spark.sinks.warehouse import Warehouse
from spark.tally.fold import Totals
from spark.tally.ledger import Ledger
from spark.tally.rows import COUNT, TURNOUT, Increment
from spark.tally.tally import Claims, Tally

NIGHT = NightColumns(NIGHT_ID, ELECTION_ID, POLLING_DATE)


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
    taken = Tally(claims, {"constituencies": 1, "candidates": 2}).take(
        reduced(log), fetch_from(log)
    )
    ledgers = {n: Ledger(str(folder / n), n, NIGHT_ID) for n in (TURNOUT, COUNT)}
    for name, one in ledgers.items():
        one.append(taken.increment.of(name), first_entry, datetime.now(UTC))
    return ledgers


@contextmanager
def count_on(warehouse, ledgers, projection_of=Projection):
    """Start a count on ledgers, with its PostgreSQL, without a broker."""
    totals, claims = Totals(DIMENSIONS), Claims()
    loaded = Increment(*(ledgers[n].load() for n in (TURNOUT, COUNT)))
    claims.restore(loaded)
    count = SimpleNamespace(totals=totals, loaded=totals.add(loaded, claims.numbers),
                            entry=max(one.entry for one in ledgers.values()))  # fmt: skip
    sent = []
    topics = SimpleNamespace(results=sent.extend)
    sink = Warehouse(read_settings(PostgresSettings, **warehouse.environment()))
    lease = Lease(sink, NIGHT_ID, "spark")
    lease.take()
    try:
        yield LiveCount(None, count, projection_of(sink, NIGHT, lease), topics, None), sink, sent
    finally:
        sink.close()
