"""Live tables in BigQuery: newer rows win, repeats do nothing, what the ledgers lack goes."""

from datetime import UTC, datetime

import pytest
from support.events import NIGHT_ID, POLLING_DATE

from election.errors import UserError
from election.tables import ANALYTICS, FACTS, OPS

pytest.importorskip("google.cloud.bigquery", reason="BigQuery's clients: make bigquery")
TOTALS, DECLARED, HOURS = (
    ANALYTICS["candidate_totals"], FACTS["declaration_versions"], ANALYTICS["hourly_trends"],
)  # fmt: skip
VERSIONS = OPS["projections"]
HOW_FAR = (VERSIONS, OPS["batches"], OPS["tallied"])
WALL = datetime(2026, 11, 26, 1, 2, 3, 4, tzinfo=UTC)
LIVE = {
    "night_id": NIGHT_ID, "election_id": "e", "polling_date": POLLING_DATE, "as_of": WALL,
}  # fmt: skip


@pytest.fixture(scope="module")
def datasets(bigquery):
    from support.bigquery import laid_out

    return laid_out(bigquery, (TOTALS, DECLARED, HOURS, *HOW_FAR))


class Driver:
    """One driver's tables, and what it asked of the rest of the stage."""

    def __init__(self, datasets, name):
        from spark.sinks.bigquery_tables import BigQueryTables

        self.written, self.fenced = [], None
        self.tables = BigQueryTables(
            datasets.access, NIGHT_ID, POLLING_DATE, driver=name, before=self.before,
            count=self.written.extend,
        )  # fmt: skip

    def before(self):
        if self.fenced:
            raise self.fenced

    def held(self, table, *names):
        return sorted(tuple(row[n] for n in names) for row in self.tables.held(table))


@pytest.fixture
def driver(datasets, request):
    return Driver(datasets, request.node.name)


def total(candidate, votes, version):
    return {
        **LIVE, "constituency_id": "A", "candidate_id": candidate, "region_id": "R",
        "party_abbreviation": "Lab", "vote_count": votes, "ledger_version": version,
    }  # fmt: skip


def hour(at, votes, version):
    return {
        **LIVE, "hour_start_at": at, "region_id": "R", "party_abbreviation": "Lab",
        "issued_in_person": 0, "issued_postal": 0, "votes_counted": votes,
        "ledger_version": version,
    }  # fmt: skip


def declared(summary):
    return {
        "night_id": NIGHT_ID, "constituency_id": "A", "version": 1, "status": "declared",
        "electorate": 9, "rejected_ballots": 0, "votes": '[{"candidate_id": "A-C01"}]',
        "winner_candidate_id": None, "is_tie": True, "result_summary": summary,
        "declared_at": "2017-06-09T01:00:00+00:00", "source": "s", "reason": None,
        "kafka_offset": 3,
    }  # fmt: skip


def version(number):
    return {
        "night_id": NIGHT_ID, "projection": "bigquery", "ledger": "count",
        "ledger_version": number, "updated_at": WALL,
    }  # fmt: skip


def test_newer_rows_win_and_older_ones_do_nothing(driver):
    driver.tables.take([(TOTALS, [total("A-C01", 5, 2), total("A-C02", 7, 2)])])
    driver.tables.take([(TOTALS, [total("A-C01", 6, 3)]), (VERSIONS, [version(3)])])
    driver.tables.write()
    assert driver.held(TOTALS, "candidate_id", "vote_count") == [("A-C01", 6), ("A-C02", 7)]
    assert driver.written == [TOTALS, VERSIONS]
    driver.tables.take([(TOTALS, [total("A-C01", 1, 1)]), (VERSIONS, [version(1)])])
    driver.tables.write()
    assert driver.held(TOTALS, "candidate_id", "vote_count") == [("A-C01", 6), ("A-C02", 7)]
    assert driver.held(VERSIONS, "ledger_version") == [(3,)]


def test_how_far_the_tables_are_is_written_after_all_of_them():
    from spark.sinks import bigquery_tables

    waiting = bigquery_tables.Waiting()
    waiting.add(VERSIONS, [version(3)])
    waiting.add(OPS["tallied"], [])
    waiting.add(TOTALS, [total(f"A-C{n:05}", n, 3) for n in range(bigquery_tables.MOST_ROWS)])
    waiting.add(HOURS, [hour(WALL, 1, 3)])
    parts = [[table.name for table, _ in part] for part in waiting.parts()]
    assert parts == [["candidate_totals"], ["hourly_trends", "projections"]]


def test_batches_that_the_ledgers_lack_go(driver, datasets):
    def batch(number, end, stage="spark"):
        return {
            "night_id": NIGHT_ID, "stage": stage, "batch": number, "topic": "votes",
            "kafka_partition": 0, "first_offset": end - 5, "next_offset": end, "messages": 5,
            "accepted": 5, "late": 0, "duplicate": 0, "rejected": 0, "first_produced_at": WALL,
            "last_produced_at": WALL, "started_at": WALL, "finished_at": WALL,
        }  # fmt: skip

    def there():
        return driver.held(OPS["batches"], "stage", "batch", "next_offset")

    tallied = {
        "night_id": NIGHT_ID, "topic": "votes", "kafka_partition": 0, "next_offset": 10,
        "messages": 10, "accepted": 10, "late": 0, "duplicate": 0, "rejected": 0,
        "ledger_version": 2, "updated_at": WALL,
    }  # fmt: skip
    driver.tables.take([(OPS["tallied"], [tallied])])
    driver.tables.take([(OPS["batches"], [batch(1, 5), batch(2, 15), batch(7, 99, "bronze")])])
    driver.tables.write()
    driver.tables.write_batches([batch(3, 10)], are_all=False)
    assert there() == [("bronze", 7, 99), ("spark", 1, 5), ("spark", 3, 10)]
    driver.tables.write_batches([batch(4, 10)], are_all=True)
    assert there() == [("bronze", 7, 99), ("spark", 4, 10)]


def test_a_fact_that_is_there_stays_as_it_is(driver):
    for summary in ("Lab hold", "something else"):
        driver.tables.take([(DECLARED, [declared(summary)])])
        driver.tables.write()
    assert driver.held(DECLARED, "result_summary") == [("Lab hold",)]


def test_a_table_made_anew_has_what_is_given_and_nothing_else(driver):
    one, other = datetime(2017, 6, 8, 21, tzinfo=UTC), datetime(2017, 6, 8, 22, tzinfo=UTC)
    driver.tables.take([(HOURS, [hour(one, 5, 9), hour(other, 6, 9)])])
    driver.tables.write()
    # Somebody spoilt a row: an older version is right, and an hour should not be there.
    driver.tables.write_anew([(HOURS, [hour(one, 4, 8)])])
    assert driver.held(HOURS, "hour_start_at", "votes_counted") == [(one, 4)]
    driver.tables.write_anew([(HOURS, [])])
    assert driver.held(HOURS, "hour_start_at") == []


def test_a_driver_that_lost_the_night_writes_nothing(driver):
    driver.fenced = UserError("another driver counts this night", why="w", fix="f")
    driver.tables.take([(TOTALS, [total("A-C09", 1, 99)])])
    with pytest.raises(UserError, match="another driver"):
        driver.tables.write()
    assert ("A-C09",) not in driver.held(TOTALS, "candidate_id")


def test_what_the_thread_fails_with_ends_the_count(driver, datasets, monkeypatch):
    from support.waiting import wait_until

    object.__setattr__(datasets.settings, "write_every_s", 0.01)
    driver.fenced = UserError("another driver counts this night", why="w", fix="f")
    driver.tables.take([(TOTALS, [total("A-C09", 1, 99)])])
    driver.tables.start()

    def fails():
        try:
            driver.tables.take([])
        except UserError:
            return True
        return False

    wait_until(fails, seconds=30, what="the failure is passed on")
