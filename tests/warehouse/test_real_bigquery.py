"""What only the real BigQuery shows: pruning, bytes, words of its errors. With BQ_PROJECT set."""

import os
import secrets

import pytest

from election.errors import UserError
from election.settings import BigQuerySettings
from election.tables import RAW
from warehouse import tables
from warehouse.clients import open_access
from warehouse.jobs import Jobs

PROJECT = os.environ.get("BQ_PROJECT")
pytestmark = pytest.mark.skipif(
    not PROJECT, reason="asks the real BigQuery: set BQ_PROJECT, and a login"
)
HOUR_MS = 3_600_000
VOTES = RAW["votes"]


@pytest.fixture(scope="module")
def access():
    """Datasets that delete their tables after an hour, and are deleted at the end."""
    settings = BigQuerySettings(
        GCP_PROJECT_ID=PROJECT, CREDENTIALS_FILE=os.environ.get("CREDENTIALS_FILE"),
        BIGQUERY_DATASET_PREFIX=f"test_{secrets.token_hex(4)}_",
    )  # fmt: skip
    found = open_access(settings)
    client = found.client()
    try:
        tables.create(client, settings, [VOTES])
        for dataset in client.list_datasets():
            if dataset.dataset_id.startswith(settings.dataset_prefix):
                made = client.get_dataset(dataset.reference)
                made.default_table_expiration_ms = HOUR_MS
                client.update_dataset(made, ["default_table_expiration_ms"])
        yield found
    finally:
        for dataset in client.list_datasets():
            if dataset.dataset_id.startswith(settings.dataset_prefix):
                client.delete_dataset(dataset.reference, delete_contents=True, not_found_ok=True)


def test_a_declared_table_is_what_bigquery_says_it_is(access):
    tables.check(access.client(), access.settings, [VOTES])


def test_a_job_runs_once_whatever_is_asked(access):
    name = tables.address(access.settings, VOTES)
    jobs = Jobs(access.client(), access.settings, "test")
    for _ in range(2):
        jobs.query(
            f"create table `{name}_once` as select 1 as n", name="once", doing="it could not run"
        )
    assert jobs.read(f"select count(*) from `{name}_once`", doing="it could not be read") == [(1,)]


def test_a_day_prunes_partitions(access):
    from google.cloud.bigquery import QueryJobConfig

    client, name = access.client(), tables.address(access.settings, VOTES)
    client.query_and_wait(
        f"create or replace table `{name}_days` partition by day as select day, repeat('x', 1000)"
        " as text from unnest(generate_date_array('2017-06-01', '2017-06-10')) as day"
    )
    read = [
        client.query(
            f"select text from `{name}_days` {where}", job_config=QueryJobConfig(dry_run=True)
        ).total_bytes_processed
        for where in ("", "where day = '2017-06-08'")
    ]
    assert read[1] * 9 < read[0]


def test_its_refusals_are_understood(access):
    name = tables.address(access.settings, VOTES)
    little = access.settings.model_copy(update={"maximum_bytes_billed": 1})
    for settings, sql, what in (
        (little, f"select * from `{name}`", "more than is allowed"),
        (access.settings, f"select * from `{name}_not_there`", "it is not there"),
        (access.settings, f"select no_such_column from `{name}`", "not as declared"),
    ):
        with pytest.raises(UserError) as refused:
            Jobs(access.client(), settings, "test").read(sql, doing="it could not be read")
        assert what in refused.value.what
