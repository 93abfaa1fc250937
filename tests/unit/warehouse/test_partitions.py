"""A night's partitions: which days its rows can be of, and what a statement says of them."""

from datetime import date

import pytest

from election.bigquery import ANY_DAY, first_day
from election.tables import ALL_TABLES, ANALYTICS, OPS
from warehouse.merging import merge
from warehouse.partitions import Days

NIGHT = "parl.2017-06-08.20261101T000512Z"
DAYS = Days.of(NIGHT, date(2017, 6, 8))


def test_a_night_has_no_row_before_the_day_before_it_began():
    assert DAYS.first == date(2026, 10, 31)


@pytest.mark.parametrize("night_id", ["n", "parl.2017-06-08", "a.20261101T000512", ""])
def test_an_id_that_says_no_time_may_be_of_any_day(night_id):
    assert first_day(night_id) == ANY_DAY


def test_a_condition_names_the_partitions():
    totals, batches = ANALYTICS["candidate_totals"], OPS["batches"]
    assert DAYS.condition(totals, "t") == "t.polling_date = date '2017-06-08'"
    assert DAYS.condition(batches) == "started_at >= timestamp '2026-10-31'"
    assert DAYS.condition(OPS["nights"], "t") == "true"


@pytest.mark.parametrize("table", ALL_TABLES, ids=lambda table: table.full_name)
def test_a_merge_looks_at_the_nights_partitions_alone(table):
    statement = merge(table, "t", DAYS, anew=True)
    assert (f"on {DAYS.condition(table, 't')} and t." in statement) == bool(table.partition_day)
