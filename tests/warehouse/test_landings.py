"""Bronze's books follow the table, whatever was killed or deleted in between."""

from datetime import UTC, datetime

import pytest
from support.events import NIGHT_ID
from support.warehouse import insert

from election.settings import PostgresSettings, read_settings
from election.tables import OPS
from spark.sinks.landings import Landings
from spark.sinks.warehouse import Warehouse

NOW = datetime(2026, 11, 25, 2, tzinfo=UTC)
VOTES, SEATS = ("votes", 1), ("constituencies", 0)


@pytest.fixture
def landings(warehouse, request):
    night, made = f"{NIGHT_ID}-{request.node.name}", []

    def start(held):
        sink = Landings(
            Warehouse(read_settings(PostgresSettings, **warehouse.environment())), night
        )
        made.append(sink)
        sink.settle(held, NOW)
        return sink

    def rows(stage="bronze"):
        return warehouse.rows(
            "select topic, kafka_partition, batch, first_offset, next_offset, messages"
            f" from ops.batches where night_id = '{night}' and stage = '{stage}' order by 1, 2, 3"
        )

    def lease(epoch):
        with warehouse.connect() as admin:
            admin.execute("delete from ops.leases where night_id = %s", (night,))
            insert(admin, OPS["leases"], [
                {"night_id": night, "stage": "spark", "epoch": epoch, "holder": "a test",
                 "taken_at": NOW, "renewed_at": NOW}
            ])  # fmt: skip

    start.lease = lease
    yield start, rows
    for sink in made:
        sink.close()


def test_landings_join_up(landings):
    start, rows = landings
    books = start({})
    books.write({VOTES: 10, SEATS: 3}, NOW, NOW)
    books.write({VOTES: 25, SEATS: 3}, NOW, NOW)
    assert rows() == [
        ("constituencies", 0, 0, 0, 3, 3), ("votes", 1, 0, 0, 10, 10), ("votes", 1, 1, 10, 25, 15),
    ]  # fmt: skip


def test_a_landing_whose_row_a_kill_took_is_written_at_the_start(landings):
    start, rows = landings
    start({}).write({VOTES: 10}, NOW, NOW)
    start({VOTES: 30}).write({VOTES: 31}, NOW, NOW)
    assert [row[2:] for row in rows()] == [(0, 0, 10, 10), (1, 10, 30, 20), (2, 30, 31, 1)]


def test_what_is_said_of_a_deleted_table_is_forgotten(landings):
    start, rows = landings
    start({}).write({VOTES: 10, SEATS: 3}, NOW, NOW)
    books = start({SEATS: 3})
    books.write({VOTES: 4}, NOW, NOW)
    assert rows() == [("constituencies", 0, 0, 0, 3, 3), ("votes", 1, 1, 0, 4, 4)]


def test_the_brokers_log_is_written_down_as_it_grows_whoever_looks(landings):
    start, rows = landings
    start.lease(2)
    books = start({})
    books.see({VOTES: (0, 10), SEATS: (0, 0)}, NOW, 2)
    books.see({VOTES: (0, 10), SEATS: (0, 3)}, NOW, 2)
    start({}).see({VOTES: (5, 25), SEATS: (0, 3)}, NOW, 2)
    assert rows("broker") == [
        ("constituencies", 0, 1, 0, 3, 3), ("votes", 1, 0, 0, 10, 10), ("votes", 1, 2, 10, 25, 15),
    ]  # fmt: skip
    assert rows() == []


def test_a_log_that_was_trimmed_before_anybody_looked_shows_as_a_gap(landings):
    start, rows = landings
    start({}).see({VOTES: (5, 25)}, NOW, 1)
    assert rows("broker") == [("votes", 1, 0, 5, 25, 20)]


def test_a_driver_that_was_overtaken_writes_nothing_of_the_brokers_log(landings):
    start, rows = landings
    start.lease(2)
    older = start({})
    older.see({VOTES: (0, 10)}, NOW, 2)
    start.lease(3)
    older.see({VOTES: (0, 20)}, NOW, 2)
    start({}).see({VOTES: (0, 25)}, NOW, 3)
    assert [row[2:] for row in rows("broker")] == [(0, 0, 10, 10), (1, 10, 25, 15)]
