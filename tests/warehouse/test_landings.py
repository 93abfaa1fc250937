"""Bronze's books follow the table, whatever was killed or deleted in between."""

from datetime import UTC, datetime

import pytest
from support.events import NIGHT_ID
from support.warehouse import throwaway_warehouse

from election.settings import PostgresSettings, read_settings
from spark.sinks.landings import Landings
from spark.sinks.warehouse import Warehouse

NOW = datetime(2026, 11, 25, 2, tzinfo=UTC)
VOTES, SEATS = ("votes", 1), ("constituencies", 0)


@pytest.fixture(scope="module")
def warehouse():
    with throwaway_warehouse() as up:
        yield up


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

    def rows():
        return warehouse.rows(
            "select topic, kafka_partition, batch, first_offset, next_offset, messages"
            f" from ops.batches where night_id = '{night}' and stage = 'bronze' order by 1, 2, 3"
        )

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
