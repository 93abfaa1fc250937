"""An edition in BigQuery whose process is killed before its register knows of it stays."""

import pytest
from support.events import NIGHT_ID
from support.handmade_rows import create_night
from support.warehouse import throwaway_warehouse

from election.settings import PostgresSettings

pytest.importorskip("google.cloud.bigquery", reason="BigQuery's clients: make bigquery")
MARTS = ("national_summary", "party_results")
EDITIONS = "select edition, as_of from ops.editions order by edition"
SHOWN = "select votes from {published}.party_results"


@pytest.fixture(scope="module")
def warehouse():
    with throwaway_warehouse() as up:
        with up.connect() as admin:
            create_night(admin, NIGHT_ID)
        yield up


@pytest.fixture(scope="module")
def datasets(bigquery):
    from support.bigquery import laid_out

    return laid_out(bigquery, ())


def store(warehouse, datasets):
    from transform.edition_stores import BigQueryEditions
    from warehouse.jobs import Jobs

    jobs = Jobs(datasets.access.client(), datasets.settings, "dbt")
    postgres = PostgresSettings.model_validate(warehouse.environment())
    return BigQueryEditions(datasets.settings, jobs, postgres, NIGHT_ID, MARTS)


def count(datasets, votes):
    """Let the marts show some votes."""
    at = f"timestamp '2017-06-08 22:{votes:02}:00+00'"
    datasets.rows(
        f"create or replace table {{marts}}.national_summary as select '{NIGHT_ID}' as night_id,"
        f" {at} as election_at, {at} as as_of"
    )
    datasets.rows(
        f"create or replace table {{marts}}.party_results as select '{NIGHT_ID}' as night_id,"
        f" {votes} as votes"
    )


class Killed(BaseException):
    """The process dies here."""


def die(point):
    if point == "dbt.put_in_place":
        raise Killed


def publish(editions):
    editions.copy_beside()
    editions.put_in_place()


def test_an_edition_is_registered_by_the_next_start_if_its_own_process_was_killed(
    warehouse, datasets, monkeypatch
):
    count(datasets, 5)
    store(warehouse, datasets).lay_out()
    assert datasets.rows(SHOWN) == []
    for votes in (5, 7):
        count(datasets, votes)
        with monkeypatch.context() as patch:
            patch.setattr("election.crash_points.reached", die)
            with pytest.raises(Killed):
                publish(store(warehouse, datasets))
        for _ in range(2):
            store(warehouse, datasets).lay_out()
            assert datasets.rows(SHOWN) == [(votes,)]
    first, second = warehouse.rows(EDITIONS)
    assert (first[0], second[0]) == (0, 1)
    assert (first[1].minute, second[1].minute) == (5, 7)
    count(datasets, 9)
    publish(store(warehouse, datasets))
    assert datasets.rows(SHOWN) == [(9,)]
    assert [edition for edition, _ in warehouse.rows(EDITIONS)] == [0, 1, 2]
    counted = warehouse.rows(
        "select operations::int from ops.table_operations where kind = 'merge'"
        " and table_name in ('intermediate.unpublished_party_results', 'published.party_results')"
        " order by 1"
    )
    assert counted == [(1,), (3,)]  # two were killed before they could say so
