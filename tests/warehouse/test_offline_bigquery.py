"""The offline BigQuery: what the project leans on, held against it."""

import pytest

google = pytest.importorskip("google.cloud.bigquery", reason="BigQuery's clients: make bigquery")

Conflict = pytest.importorskip("google.api_core.exceptions").Conflict


@pytest.fixture(scope="module")
def client(bigquery):
    from google.auth.credentials import AnonymousCredentials

    client = google.Client(
        bigquery.project,
        credentials=AnonymousCredentials(),
        client_options={"api_endpoint": bigquery.address},
    )
    client.create_dataset("offline")
    client.query_and_wait(
        "create table offline.seats (day date, seat string, votes int64) partition by day"
        " options (require_partition_filter = true)"
    )
    return client


MERGE = """
merge offline.seats t using (select r.* from unnest(@rows) as r) s
on t.day = date '2017-06-08' and t.seat = s.seat
when matched then update set votes = s.votes
when not matched then insert (day, seat, votes) values (s.day, s.seat, s.votes)
"""


def rows(**votes):
    made = [
        google.StructQueryParameter(
            None,
            google.ScalarQueryParameter("day", "DATE", "2017-06-08"),
            google.ScalarQueryParameter("seat", "STRING", seat),
            google.ScalarQueryParameter("votes", "INT64", number),
        )
        for seat, number in votes.items()
    ]
    parameters = [google.ArrayQueryParameter("rows", "STRUCT", made)]
    return google.QueryJobConfig(query_parameters=parameters)


def votes(client):
    found = client.query_and_wait("select seat, votes from offline.seats where day > '2000-01-01'")
    return dict(row.values() for row in found)


def test_merges_of_one_transaction_are_seen_together(client):
    client.query_and_wait(
        f"begin transaction; {MERGE}; {MERGE}; commit transaction", job_config=rows(A=1, B=2)
    )
    assert votes(client) == {"A": 1, "B": 2}
    with pytest.raises(Exception, match="no more"):
        client.query_and_wait(
            f"begin transaction; {MERGE}; select error('no more'); commit transaction",
            job_config=rows(A=7),
        )
    assert votes(client) == {"A": 1, "B": 2}


def test_a_table_that_asks_for_a_partition_is_not_read_without(client):
    with pytest.raises(Exception, match="partition elimination"):
        client.query_and_wait("select * from offline.seats")


def test_a_query_that_would_bill_too_much_is_refused(client):
    config = google.QueryJobConfig(maximum_bytes_billed=1)
    with pytest.raises(Exception, match="exceeded limit for bytes billed"):
        client.query_and_wait(
            "select * from offline.seats where day = '2017-06-08'", job_config=config
        )


def test_a_job_runs_once_an_id(client):
    insert = "insert offline.seats values ('2017-06-09', 'once', 1)"
    client.query(insert, job_id="once", job_retry=None).result()
    with pytest.raises(Conflict):
        client.query(insert, job_id="once", job_retry=None, retry=None)
    counted = client.query_and_wait("select count(*) from offline.seats where day = '2017-06-09'")
    assert next(iter(counted))[0] == 1
