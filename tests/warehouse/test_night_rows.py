"""A night as rows: found again, refused when it ended, produced by strangers too."""

from datetime import UTC, date, datetime, timedelta

import pytest
from support.warehouse import insert

from election.errors import UserError
from election.tables import OPS
from embedded import night as nights
from embedded import progress, summary
from embedded.demo import read_options
from embedded.night import options_of
from generators.acknowledged import ProducedLedger, Progress

STARTED = datetime(2026, 11, 23, 23, 45, 1, tzinfo=UTC)
NIGHT_ID = "parl.2013-02-28.20261123T234501Z"


@pytest.fixture
def admin(warehouse):
    with warehouse.connect() as connection:
        yield connection


def begin(admin, folder, monkeypatch, *, later=0, **settings):
    for name, value in {"ELECTION": "by-election", "SCALE": "1000", **settings}.items():
        monkeypatch.setenv(name, value)
    admin.execute("delete from ops.nights")
    return nights.create(
        admin, read_options(), election_id="parl.2013-02-28", title="A replay",
        is_synthetic=False, polling_date=date(2013, 2, 28), nights=folder,
        now=STARTED + timedelta(seconds=later),
    )  # fmt: skip


def test_a_continued_night_has_its_own_settings_and_its_polling_day(admin, tmp_path, monkeypatch):
    begun = begin(admin, tmp_path, monkeypatch, POLLING_DATE="2013-02-28", SEED="7")
    for name in ("ELECTION", "SCALE", "POLLING_DATE", "SEED"):
        monkeypatch.delenv(name)
    found = nights.find(admin, resumable=True)
    assert (found.night_id, found.settings) == (begun.night_id, begun.settings)
    options = options_of(found)
    assert (options.seed, options.scale, options.polling_date) == (7, 1000, date(2013, 2, 28))


def test_a_complete_night_is_not_continued(admin, tmp_path, monkeypatch):
    begun = begin(admin, tmp_path, monkeypatch, later=1)
    nights.set_status(admin, begun.night_id, "complete")
    with pytest.raises(UserError, match="the newest night is complete") as raised:
        nights.find(admin, resumable=True)
    assert "without RESUME=1" in raised.value.fix


@pytest.mark.parametrize("status", ["running", "interrupted", "failed"])
def test_a_night_that_did_not_come_to_its_end_is_continued(admin, tmp_path, monkeypatch, status):
    begun = begin(admin, tmp_path, monkeypatch, later=1)
    nights.set_status(admin, begun.night_id, status)
    assert nights.find(admin, resumable=True).night_id == begun.night_id


def test_no_stage_of_a_continued_night_is_up_because_it_was(admin, tmp_path, monkeypatch):
    begun = begin(admin, tmp_path, monkeypatch, later=2)
    admin.execute(
        "insert into ops.stage_status (night_id, stage, state, detail, updated_at)"
        " values (%s, 'spark', 'running', '', now())",
        (begun.night_id,),
    )
    nights.set_status(admin, begun.night_id, "interrupted")
    assert progress.stage_state(admin, begun.night_id, "spark") == "running"
    nights.go_on(admin, begun.night_id)
    assert progress.stage_state(admin, begun.night_id, "spark") == "starting"
    assert nights.find(admin, resumable=True).night_id == begun.night_id


def test_without_a_night_nothing_is_continued(admin):
    admin.execute("delete from ops.nights")
    with pytest.raises(UserError, match="there is no night yet"):
        nights.find(admin, resumable=True)


class Ops:
    """What the ledger writes through, on one connection."""

    def __init__(self, connection):
        self._connection = connection

    def read(self, query, values):
        return self._connection.execute(query, values).fetchall()

    def write(self, statements):
        for statement, values in statements:
            self._connection.execute(statement, values)


def test_what_strangers_produced_after_the_end_is_produced_too(warehouse):
    with warehouse.connect("loader") as loader:
        lanes = [Progress("votes", 0, 10, 10, 10, 0, 10), Progress("votes", 1, 0, 0, 0, 0, 0)]
        ledger = ProducedLedger(Ops(loader), NIGHT_ID)
        ledger.write(lanes)
        ends = {("votes", 0): 12, ("votes", 1): 3, ("voters", 0): 0}
        progress.note_ends(loader, NIGHT_ID, ends)
        assert progress.unaccounted(loader, NIGHT_ID) == [
            "votes/0: broker 12, raw 0, ledger 0", "votes/1: broker 3, raw 0, ledger 0",
        ]  # fmt: skip
        progress.note_ends(loader, NIGHT_ID, {("votes", 0): 11})  # an offset never goes back
        again = ProducedLedger(Ops(loader), NIGHT_ID)
        planned = {("votes", 0): 10, ("votes", 1): 0}
        assert again.read(planned)["votes", 0] == Progress("votes", 0, 10, 10, 10, 0, 12)


def test_freshness_begins_when_the_poll_opens(admin):
    """Ten messages that waited for a minute before it, and a hundred that took two seconds."""

    def at(second):
        return STARTED + timedelta(seconds=second)

    insert(admin, OPS["lag"], [
        {"night_id": "fresh", "stage": "spark", "sampled_at": at(second), "lag_messages": 0,
         "election_at": at(second if second > 60 else 60), "arrivals_per_s": 1.0}
        for second in range(40, 100, 2)
    ])  # fmt: skip
    same = {"night_id": "fresh", "stage": "spark", "topic": "ballots_issued", "kafka_partition": 0}
    insert(admin, OPS["batches"], [
        {**same, "batch": batch, "first_offset": 0, "next_offset": n, "messages": n,
         "first_produced_at": at(produced), "last_produced_at": at(produced),
         "started_at": at(visible), "finished_at": at(visible)}
        for batch, (n, produced, visible) in enumerate([(10, 0, 60), (99, 70, 72), (1, 80, 89)])
    ])  # fmt: skip
    again = {**same, "batch": 3, "first_offset": 0, "next_offset": 110, "messages": 110}
    insert(admin, OPS["batches"], [  # counted again by a rebuild: says nothing of freshness
        {**again, "started_at": at(99), "finished_at": at(99)}
    ])  # fmt: skip
    assert summary.freshness(admin, "fresh") == {"p50": 2.0, "p95": 2.0}
    whole = {"p50": 2.0, "p95": 60.0}
    admin.execute("delete from ops.lag where night_id = 'fresh' and sampled_at between %s and %s",
                  [at(61), at(90)])  # fmt: skip
    assert summary.freshness(admin, "fresh") == whole  # all was sent before the clock was seen to
    admin.execute("delete from ops.lag where night_id = 'fresh'")
    assert summary.freshness(admin, "fresh") == whole
    assert summary.freshness(admin, "none") == {"p50": None, "p95": None}
