"""What is asked of `ops` before a night's last count is taken for the last."""

import pytest
from support.handmade_night import NIGHT_ID, part_of_night, whole_night
from support.handmade_rows import book, create_night, tally

from election.settings import PostgresSettings, read_settings
from embedded import progress
from transform.ledger import Ledger

_COUNT = """
insert into ops.batches (night_id, stage, batch, topic, kafka_partition, first_offset, next_offset,
  messages, accepted, late, duplicate, rejected, started_at, finished_at)
select night_id, 'dbt', 0, topic, kafka_partition, 0, next_offset, next_offset, 0, 0, 0, 0,
  updated_at, updated_at
from ops.produced where night_id = %s and next_offset > 0
"""


@pytest.fixture
def admin(warehouse):
    with warehouse.connect() as connection:
        for table in ("nights", "election_clock", "produced", "landed", "tallied", "batches"):
            connection.execute(f"delete from ops.{table}")
        create_night(connection, NIGHT_ID)
        book(connection, NIGHT_ID, whole_night())
        yield connection


def ledger(warehouse):
    return Ledger(read_settings(PostgresSettings, **warehouse.environment()), NIGHT_ID)


def test_raw_and_ledgers_are_even_once_both_have_all(warehouse, admin):
    tally(admin, NIGHT_ID, part_of_night(0.5))
    assert not ledger(warehouse).reached().is_even
    tally(admin, NIGHT_ID, whole_night())
    reached = ledger(warehouse).reached()
    assert reached.is_even
    assert reached.landed["votes", 0] == len(
        [m for m in whole_night().of("votes") if m.partition == 0]
    )


def test_what_dbt_has_not_counted_is_named(admin):
    log = whole_night()
    expected = {f"{topic}/{number}" for topic, number, messages in log.partitions() if messages}
    assert {line.partition(":")[0] for line in progress.uncounted(admin, NIGHT_ID)} == expected
    admin.execute(_COUNT, (NIGHT_ID,))
    assert progress.uncounted(admin, NIGHT_ID) == []
    votes = len([m for m in log.of("votes") if m.partition == 1])
    assert progress.note_ends(admin, NIGHT_ID, {("votes", 1): votes + 1})
    assert progress.uncounted(admin, NIGHT_ID) == [f"votes/1: broker {votes + 1:,}, dbt {votes:,}"]
