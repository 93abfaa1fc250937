"""BigQuery's copy of `ops` is what PostgreSQL has of the night: what went is gone there too."""

from datetime import UTC, datetime

import pytest
from support.events import NIGHT_ID, POLLING_DATE
from support.handmade_rows import WALL, create_night
from support.warehouse import insert, throwaway_warehouse

from election.settings import PostgresSettings
from election.tables import OPS

pytest.importorskip("google.cloud.bigquery", reason="BigQuery's clients: make bigquery")
LATER = "another." + NIGHT_ID
OURS = {"night_id": NIGHT_ID, "topic": "votes"}
BOOKS = (
    "select stage, batch, kafka_partition, next_offset from {ops}.batches"
    f" where night_id = '{NIGHT_ID}' and stage = 'ingestion' order by 1, 2, 3",
    "select kafka_partition, next_offset from {ops}.landed order by 1",
)
OTHERS = (
    "select night_id, stage, batch from {ops}.batches"
    f" where night_id = '{LATER}' or stage = 'spark' order by 1, 2, 3"
)


def batch(number, partition, end, at=WALL):
    return {
        **OURS, "stage": "ingestion", "batch": number, "kafka_partition": partition,
        "first_offset": 0, "next_offset": end, "messages": end, "started_at": at,
        "finished_at": at,
    }  # fmt: skip


def landed(partition, end):
    return {
        **OURS, "kafka_partition": partition, "next_offset": end, "messages": end,
        "decoded": end, "refused": 0, "updated_at": WALL,
    }  # fmt: skip


@pytest.fixture(scope="module")
def warehouse():
    with throwaway_warehouse() as up:
        with up.connect() as admin:
            create_night(admin, NIGHT_ID)
            insert(admin, OPS["batches"], [batch(0, 0, 5), batch(0, 1, 7), batch(1, 2, 8)])
            insert(admin, OPS["landed"], [landed(0, 5), landed(1, 7), landed(2, 8)])
        yield up


@pytest.fixture(scope="module")
def datasets(bigquery):
    from support.bigquery import laid_out

    from transform.mirror import CARRIED

    return laid_out(bigquery, [OPS[name] for name in CARRIED])


@pytest.fixture(scope="module")
def carried(warehouse, datasets):
    """A mirror that has carried everything once."""
    mirror = mirror_of(warehouse, datasets)
    mirror.carry()
    assert_same(warehouse, datasets)
    return mirror


def mirror_of(warehouse, datasets):
    from transform.mirror import Mirror

    postgres = PostgresSettings.model_validate(warehouse.environment())
    return Mirror(postgres, datasets.access, NIGHT_ID, POLLING_DATE)


def assert_same(warehouse, datasets):
    for query in BOOKS:
        assert datasets.rows(query) == warehouse.rows(query.format(ops="ops"))


def forget(warehouse, partition):
    """Forget a partition as ingestion does whose books are ahead of raw, and begin it anew."""
    with warehouse.connect() as admin:
        for table in ("ops.batches", "ops.landed"):
            admin.execute(f"delete from {table} where kafka_partition = %s", [partition])
        insert(admin, OPS["batches"], [batch(9, partition, 3, datetime.now(UTC))])


def test_what_the_books_forgot_is_gone_there_too(warehouse, datasets, carried):
    # What Spark merges itself, and another night's, is none of the mirror's.
    more = "insert {ops}.batches select * replace ('%s' as %s) from {ops}.batches where batch = 0"
    datasets.rows(more % ("spark", "stage"))
    datasets.rows(more % (LATER, "night_id"))
    others = datasets.rows(OTHERS)
    assert len(others) > 2
    forget(warehouse, 1)
    carried.carry()
    assert_same(warehouse, datasets)
    assert datasets.rows(OTHERS) == others


def test_another_process_removes_what_the_one_before_carried(warehouse, datasets, carried):
    forget(warehouse, 0)
    mirror_of(warehouse, datasets).carry()
    assert_same(warehouse, datasets)


def test_a_try_that_failed_is_made_up_for(warehouse, datasets, carried, monkeypatch):
    def refuse(*_):
        raise OSError("BigQuery is away")

    forget(warehouse, 2)
    with monkeypatch.context() as patch:
        patch.setattr(carried, "_write", refuse)
        with pytest.raises(OSError, match="away"):
            carried.carry()
    carried.carry()
    assert_same(warehouse, datasets)
