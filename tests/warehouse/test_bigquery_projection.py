"""A start of the count brings BigQuery to what the ledgers say, and knows when it is there."""

import pytest
from support.projected import count_on, ledgers_of, warehouse_of_the_night
from support.reduced import STATIONS, Issue, Paper

from election.tables import ANALYTICS, FACTS, OPS

pytest.importorskip("google.cloud.bigquery", reason="BigQuery's clients: make bigquery")


@pytest.fixture(scope="module")
def datasets(bigquery):
    from support.bigquery import laid_out

    how_far = (OPS[name] for name in ("batches", "tallied", "projections"))
    return laid_out(bigquery, (*ANALYTICS.values(), *FACTS.values(), *how_far))


@pytest.fixture(scope="module")
def warehouse():
    with warehouse_of_the_night() as up:
        yield up


def catch_up(warehouse, datasets, ledgers):
    from spark.sinks.bigquery_projection import BigQueryProjection

    def projection(*arguments):
        return BigQueryProjection(*arguments, datasets.access)

    with count_on(warehouse, ledgers, projection) as (live, _, _):
        return live.catch_up(ledgers)


def test_a_start_writes_what_the_ledgers_say_and_which_entry_it_is(warehouse, datasets, tmp_path):
    said = [Paper(number=1), Paper(number=2), Issue(number=1), Issue(number=1, elector=2)]
    ledgers = ledgers_of(tmp_path, said, 2)
    assert catch_up(warehouse, datasets, ledgers)
    stations = "select polling_station_id, ballots_issued from {analytics}.polling_station_turnout"
    assert dict(datasets.rows(stations)) == {STATIONS[0]: 1, STATIONS[1]: 0}
    tallied = "select topic, messages from {ops}.tallied order by topic"
    assert datasets.rows(tallied) == [("ballots_issued", 2), ("votes", 2)]
    assert warehouse.rows("select topic, messages from ops.tallied order by topic") == [
        ("ballots_issued", 2), ("votes", 2),
    ]  # fmt: skip
    batches = "select topic, messages from {ops}.batches where stage = 'spark' order by topic"
    assert datasets.rows(batches) == datasets.rows(tallied)
    versions = "select ledger, ledger_version from {ops}.projections order by 1"
    assert datasets.rows(versions) == [("count", 2), ("turnout", 2)]
    counted = warehouse.rows("select sum(operations)::int from ops.table_operations")
    assert counted[0][0] >= len(ANALYTICS)
    assert warehouse.rows("select count(*) from analytics.candidate_totals") == [(0,)]
