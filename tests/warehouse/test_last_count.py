"""What is asked of `ops` before a night's last count is taken for the last."""

import pytest
from support.handmade_night import NIGHT_ID, part_of_night, whole_night
from support.handmade_rows import book, create_night, tally

from election.errors import UserError
from election.settings import PostgresSettings, read_settings
from embedded import progress
from embedded.full_count import BROKEN_AT_MOST, FullCount
from transform.ledger import Ledger
from warehouse.postgres import Postgres

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


def test_what_the_live_tables_lack_is_counted_in_messages(warehouse, admin):
    tally(admin, NIGHT_ID, whole_night())
    tallied = ledger(warehouse).reached().tallied
    assert ledger(warehouse).behind(tallied) == 0
    more = {place: offset + 2 for place, offset in tallied.items()}
    assert ledger(warehouse).behind(more) == 2 * len(tallied) > 0


RUN = """
insert into ops.dbt_runs (night_id, run, kind, outcome, failures, started_at, finished_at)
select %s, coalesce(max(run) + 1, 0), %s, %s, 0, now(), now() from ops.dbt_runs
"""


class FullRuns:
    """A night in which all was produced, landed and counted; dbt's runs are the test's."""

    def __init__(self, warehouse, admin):
        self._admin = admin
        tally(admin, NIGHT_ID, whole_night())
        admin.execute("delete from ops.dbt_runs")
        self.ends = {}
        settings = read_settings(PostgresSettings, **warehouse.environment())
        self.ops = Postgres(settings, "loader", then="")

    def ask(self):
        return FullCount.ask(self.ops, NIGHT_ID, lambda: self.ends)

    def run(self, outcome, kind="full"):
        self._admin.execute(RUN, (NIGHT_ID, kind, outcome))

    def count_all(self):
        self._admin.execute("delete from ops.batches where stage = 'dbt'")
        self._admin.execute(_COUNT, (NIGHT_ID,))


@pytest.fixture
def runs(warehouse, admin):
    runs = FullRuns(warehouse, admin)
    yield runs
    runs.ops.close()


def test_all_is_counted_in_full_once_a_new_full_run_has_it(admin, runs):
    runs.run("pass")  # of an earlier end of this night
    runs.count_all()
    full = runs.ask()
    assert admin.execute("select status, ended_at from ops.nights").fetchall() == [
        ("counted", None)
    ]
    assert not full.is_there()
    runs.run("pass", kind="incremental")
    assert not full.is_there()
    runs.run("fail")
    assert full.is_there()  # its verdict is another question


def test_what_came_meanwhile_is_waited_for(admin, runs):
    full = runs.ask()
    runs.run("pass")
    runs.count_all()
    assert full.is_there()
    runs.ends = {("votes", 1): 1_000_000}
    assert not full.is_there()
    for hop in ("landed", "tallied"):
        admin.execute(
            f"update ops.{hop} set next_offset = 1000000"
            " where topic = 'votes' and kafka_partition = 1"
        )
    assert not full.is_there()  # dbt has not counted it
    runs.run("pass")
    runs.count_all()
    assert full.is_there()


def test_counts_that_break_off_one_after_the_other_are_given_up(runs):
    full = runs.ask()
    for outcome in ["error"] * (BROKEN_AT_MOST - 1) + ["pass"] + ["error"] * (BROKEN_AT_MOST - 1):
        runs.run(outcome)
        assert not full.is_there()  # nothing has been counted
    runs.run("error")
    with pytest.raises(UserError, match="did not come to its end"):
        full.is_there()


def test_what_broke_off_at_an_earlier_end_does_not_add_up(runs):
    for _ in range(BROKEN_AT_MOST):
        runs.run("error")
    full = runs.ask()
    runs.run("error")
    assert not full.is_there()
