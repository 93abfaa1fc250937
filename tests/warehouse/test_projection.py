"""What a start of the count writes into PostgreSQL: what the ledgers say, and only that."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from support.events import NIGHT_ID
from support.projected import NIGHT, Messages, count_on, ledgers_of, warehouse_of_the_night
from support.reduced import STATIONS, Issue, Paper, log_of
from support.waiting import wait_until

from spark.fencing import FencedError
from spark.sinks.projection import Projection
from spark.sinks.shown import differing_rows, held_rows
from spark.tally.ledger import Ledger
from spark.tally.rows import COUNT, TURNOUT


@pytest.fixture(scope="module")
def warehouse():
    with warehouse_of_the_night() as up:
        yield up


def catch_up(warehouse, ledgers):
    with count_on(warehouse, ledgers) as (live, _, _):
        return live.catch_up(ledgers)


def spoilt(sink, entry):
    """Return what PostgreSQL has wrong."""
    lines = []
    for table, rows in Projection(sink, NIGHT, None).tables(entry):
        lines += differing_rows(table, held_rows(sink, table, NIGHT_ID), rows)
    return lines


def test_ledgers_made_anew_leave_no_row_of_the_old_ones(warehouse, tmp_path):
    spoiled = [Paper(number=1, hour=1), Paper(number=2), Issue(number=1), Issue(number=2)]
    assert catch_up(warehouse, ledgers_of(tmp_path / "old", spoiled, 0))
    hours = "select count(*) from analytics.hourly_trends where votes_counted > 0"
    rejected = "select kafka_offset, reason from analytics.rejections"
    assert warehouse.rows(hours) == [(2,)]
    assert warehouse.rows(rejected) == [(1, "double_vote_attempt")]

    anew = ledgers_of(tmp_path / "new", [Paper(number=1), Issue(number=1)], 1)
    assert catch_up(warehouse, anew)
    assert warehouse.rows(hours) == [(1,)]
    assert warehouse.rows(rejected) == []
    stations = "select polling_station_id, ballots_issued from analytics.polling_station_turnout"
    assert dict(warehouse.rows(stations)) == {STATIONS[0]: 1, STATIONS[1]: 0}
    tallied = "select topic, messages from ops.tallied order by topic"
    assert warehouse.rows(tallied) == [("ballots_issued", 1), ("votes", 1)]


BATCHES = (
    "select batch, first_offset, next_offset from ops.batches"
    " where topic = 'votes' and stage = 'spark' order by 1"
)


def test_of_ledgers_in_anothers_place_every_batch_is_told_and_no_other(warehouse, tmp_path):
    with warehouse.connect() as admin:
        admin.execute("delete from ops.batches")
    said = [Paper(number=n) for n in (1, 2, 3)]
    assert catch_up(warehouse, ledgers_of(tmp_path / "old", said, 4))
    fresh = ledgers_of(tmp_path / "fresh", said, 5)
    with count_on(warehouse, fresh) as (live, _, _):
        everything = live.whole(fresh, dict.fromkeys(fresh, -1))
        live.write_anew(replace(everything, has_every_batch=True))
    assert warehouse.rows(BATCHES) == [(5, 0, 3)]


def test_batches_that_the_ledgers_have_lost_go(warehouse, tmp_path):
    with warehouse.connect() as admin:
        admin.execute("delete from ops.batches")
    said = [Paper(number=n) for n in (1, 2, 3)]
    assert catch_up(warehouse, ledgers_of(tmp_path / "old", said, 7))
    assert warehouse.rows(BATCHES) == [(7, 0, 3)]
    deleted = {n: Ledger(str(tmp_path / "deleted" / n), n, NIGHT_ID) for n in (TURNOUT, COUNT)}
    assert catch_up(warehouse, deleted)
    assert warehouse.rows(BATCHES) == []


def test_rows_that_somebody_spoilt_are_named_and_written_anew(warehouse, tmp_path):
    said = [Paper(number=1), Paper(number=2), Issue(number=1), Issue(number=1, elector=2)]
    ledgers = ledgers_of(tmp_path, said, 2)
    catch_up(warehouse, ledgers)
    with count_on(warehouse, ledgers) as (live, sink, sent):
        entry = live.whole(ledgers, dict.fromkeys(ledgers, 2))
        assert spoilt(sink, entry) == []
        with warehouse.connect() as admin:
            admin.execute("update analytics.candidate_totals set vote_count = 9 where"
                          " candidate_id = 'A-C01'")  # fmt: skip
            admin.execute("insert into analytics.rejections values (%s, 'votes', 0, 7, 'secrecy')",
                          (NIGHT_ID,))  # fmt: skip
            admin.execute("delete from analytics.polling_station_turnout")
        assert [line.partition(":")[0] for line in spoilt(sink, entry)] == [
            "analytics.candidate_totals, A/A-C01",
            *(f"analytics.polling_station_turnout, {station}" for station in STATIONS),
            "analytics.rejections, votes/0/7",
        ]
        live.write_anew(entry, [b"gone"])
        assert spoilt(sink, entry) == []
        assert sent[0] == {"key": b"gone", "value": None}
        assert all(message["value"] for message in sent[1:])


def batches_of(papers):
    return [Messages([one]) for one in log_of(Paper(number=n + 1) for n in range(papers))]


def test_a_batch_is_shown_while_the_next_is_counted_and_no_later(warehouse, tmp_path):
    ledgers = {n: Ledger(str(tmp_path / n), n, NIGHT_ID) for n in (TURNOUT, COUNT)}
    votes = "select max(vote_count)::int from analytics.candidate_totals"
    entries = "select max(ledger_version)::int from ops.projections where projection = 'postgres'"
    first, second, third = batches_of(3)
    with (
        count_on(warehouse, ledgers) as (live, _, _),
        warehouse.connect() as admin,
        ThreadPoolExecutor(1) as other,
    ):
        live.catch_up(ledgers)
        with admin.transaction():
            admin.execute("lock table ops.leases")
            assert (live.take(first), ledgers[COUNT].entry) == (1, 0)
            waiting = other.submit(live.take, second)
            wait_until(
                lambda: ledgers[COUNT].entry == 1, seconds=30, what="the second batch is counted"
            )
            assert not waiting.done() and warehouse.rows(votes) == [(0,)]
        assert waiting.result(timeout=30) == 1
        live.take(third)
        live.settle()
        assert warehouse.rows(votes) == [(3,)] and warehouse.rows(entries) == [(2,)]


def test_what_keeps_a_batch_from_being_shown_ends_the_count(warehouse, tmp_path):
    ledgers = {n: Ledger(str(tmp_path / n), n, NIGHT_ID) for n in (TURNOUT, COUNT)}
    first, second = batches_of(2)
    with count_on(warehouse, ledgers) as (live, _, sent):
        live.catch_up(ledgers)
        sent.clear()
        with warehouse.connect() as admin:
            admin.execute("update ops.leases set epoch = epoch + 1")  # another driver's
        live.take(first)
        for ask in (live.settle, live.raise_if_failed, lambda: live.take(second)):
            with pytest.raises(FencedError):
                ask()
        assert sent == []
