"""BigQuery's copy of `ops` is what PostgreSQL has of the night: what went is gone there too."""

from datetime import UTC, datetime
from types import SimpleNamespace

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


OPERATIONS = (
    "select kind, table_name, operations::int from ops.table_operations"
    " where table_name = any(%(tables)s) order by 1, 2"
)


def test_what_changes_a_table_is_counted_and_the_busiest_is_told(warehouse, datasets, carried):
    from transform.ledger import Ledger
    from transform.mirror import MirroredDbt
    from transform.outcome import Outcome

    stored = (("overwrite", "marts.dim_party"), ("merge", "intermediate.int_votes_tallied"))
    dbt = SimpleNamespace(run=lambda *_: Outcome("pass", stored=stored))
    postgres = PostgresSettings.model_validate(warehouse.environment())
    ledger = Ledger(postgres, NIGHT_ID)

    def counted(*tables):
        with warehouse.connect() as admin:
            return admin.execute(OPERATIONS, {"tables": list(tables)}).fetchall()

    def told():
        ledger.beat("running", "pass in 9.0 s")
        return warehouse.rows("select detail from ops.stage_status where stage = 'dbt'")

    [(_, _, before)] = counted("ops.nights")
    assert told() == [("pass in 9.0 s",)]
    for _ in range(2):
        MirroredDbt(dbt, carried).run()
    assert counted("ops.nights", *(table for _, table in stored)) == [
        ("merge", "intermediate.int_votes_tallied", 2), ("merge", "ops.nights", before + 2),
        ("overwrite", "marts.dim_party", 2),
    ]  # fmt: skip
    assert told() == [("pass in 9.0 s; marts.dim_party: 2 of 1500 loads and overwrites today",)]
