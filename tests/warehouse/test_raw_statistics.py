"""PostgreSQL's planner knows of a night's rows beside those of larger nights before it."""

import json
from collections import defaultdict
from contextlib import closing

import pytest
from psycopg import sql
from support.events import NIGHT_ID, make_event
from support.warehouse import throwaway_warehouse

from election.settings import PostgresSettings, read_settings
from election.tables import RAW
from ingestion.raw_postgres import PostgresRaw

TOPIC, TABLE = "votes", RAW["votes"]
EARLIER, TONIGHT, MORE = 60_000, 900, 1_000


@pytest.fixture(scope="module")
def warehouse():
    with throwaway_warehouse() as up, up.connect() as admin:
        append(admin, f"{NIGHT_ID}-earlier", 0, EARLIER)
        admin.execute(f"analyze {TABLE.full_name}")
        append(admin, NIGHT_ID, 0, TONIGHT)
        yield up


def append(admin, night, first, rows):
    """Append votes of one night at offsets from `first` on."""
    event = defaultdict(lambda: None, make_event(TOPIC), night_id=night, kafka_partition=0)
    event["kafka_timestamp"] = event["produced_at"]
    columns = [c.name for c in TABLE.columns]
    cells = [
        sql.SQL("number") if name in ("kafka_offset", "paper_no") else sql.Literal(event[name])
        for name in columns
    ]
    statement = "insert into {} ({}) select {} from generate_series({}, {}) number"
    admin.execute(sql.SQL(statement).format(
        sql.Identifier(TABLE.schema, TABLE.name),
        sql.SQL(", ").join(map(sql.Identifier, columns)), sql.SQL(", ").join(cells),
        sql.Literal(first), sql.Literal(first + rows - 1),
    ))  # fmt: skip


def rows_expected(warehouse):
    """Return how many rows of tonight the planner expects."""
    query = f"explain (format json) select * from {TABLE.full_name} where night_id = '{NIGHT_ID}'"
    [(plan,)] = warehouse.rows(query)
    found = json.loads(plan) if isinstance(plan, str) else plan
    return found[0]["Plan"]["Plan Rows"]


def test_the_first_rows_of_a_night_and_each_doubling_are_made_known(warehouse):
    settings = read_settings(PostgresSettings, **warehouse.environment())
    assert rows_expected(warehouse) < 10  # what a nested loop would be planned for
    with closing(PostgresRaw(settings)) as raw:
        raw.note_sizes({TOPIC: TONIGHT, "voters": 0})
        assert rows_expected(warehouse) > TONIGHT / 2
        with warehouse.connect() as admin:
            append(admin, NIGHT_ID, TONIGHT, MORE)
        raw.note_sizes({TOPIC: TONIGHT + 10})
        before = rows_expected(warehouse)
        raw.note_sizes({TOPIC: TONIGHT + MORE})
    assert before < TONIGHT + MORE / 2 < rows_expected(warehouse)
