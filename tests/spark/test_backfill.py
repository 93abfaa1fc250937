"""A night counted again from bronze: equal to the live count, or the difference is named."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import deltalake as dl
import pyarrow.compute as pc
import pytest
from support.bronze_log import FIRST_SENT, NIGHT, land
from support.handmade_night import NIGHT_ID, VOTES, A, whole_night
from support.spark_count import count_log, dimensions_of

from election.errors import UserError
from spark.jobs.backfill import Backfill, Places
from spark.jobs.gold import gold_tables
from spark.jobs.paths import LakePaths
from spark.tally.history import History
from spark.tally.rows import COUNT


def later():
    return datetime.now(UTC) + timedelta(minutes=5)


@pytest.fixture(scope="module")
def counted(spark, tmp_path_factory):
    folder, log = tmp_path_factory.mktemp("lake"), whole_night()
    land(spark, folder, log)
    count_log(spark, folder, log, [log.messages[:150], log.messages[150:]])
    return folder, log


@pytest.fixture(scope="module")
def backfilled(counted, spark):
    folder, log = counted
    places = Places(LakePaths(str(folder)), NIGHT_ID)
    return folder, log, places, Backfill(spark, NIGHT, places).run(most=120)


def votes_of(folder, moment=None):
    _, tables = gold_tables(NIGHT, LakePaths(str(folder)), moment)
    return dict(tables["candidate_totals"].select("candidate_id", "vote_count").iter_rows())


def test_bronze_gives_the_ledgers_of_the_live_count(backfilled):
    assert backfilled[3] == []


def test_new_ledgers_have_entry_numbers_that_no_sink_has(backfilled):
    _, log, places, _ = backfilled
    dimensions, _ = dimensions_of(log)
    live, _ = places.sum(NIGHT_ID, dimensions)
    again, _ = places.sum(places.fresh_id, dimensions)
    assert again.entry > live.entry


def test_swapped_ledgers_keep_when_messages_were_there(backfilled, tmp_path):
    folder = Path(shutil.copytree(backfilled[0], tmp_path / "lake"))
    aside = Places(LakePaths(str(folder)), NIGHT_ID).swap(later())
    assert votes_of(folder) == VOTES
    last_ballot = FIRST_SENT + timedelta(seconds=200)
    assert sum(votes_of(folder, last_ballot).values()) == 0
    assert dl.DeltaTable.is_deltatable(str(aside / COUNT))


def test_a_ledger_that_is_being_written_is_not_swapped(backfilled, tmp_path):
    paths = LakePaths(str(shutil.copytree(backfilled[0], tmp_path / "lake")))
    newest = History(paths.ledger(NIGHT_ID, COUNT), COUNT).entries["as_of"].max()
    with pytest.raises(UserError, match="is running"):
        Places(paths, NIGHT_ID).swap(newest + timedelta(seconds=1))


def test_an_object_store_is_not_swapped():
    with pytest.raises(UserError, match="cannot be swapped"):
        Places(LakePaths("gs://bucket/lake"), NIGHT_ID).check_swap(later())


def test_a_spoiled_ledger_is_named_by_what_differs(backfilled, spark, tmp_path):
    folder = Path(shutil.copytree(backfilled[0], tmp_path / "lake"))
    path = LakePaths(str(folder)).ledger(NIGHT_ID, COUNT)
    rows = dl.DeltaTable(path).to_pyarrow_table()
    one = pc.and_(pc.equal(rows["candidate_id"], f"{A}-C01"), pc.equal(rows["kind"], "sheet"))
    more = pc.if_else(pc.fill_null(one, False), pc.add(rows["messages"], 1), rows["messages"])
    index = rows.schema.get_field_index("messages")
    dl.write_deltalake(path, rows.set_column(index, rows.schema.field(index), more),
                       mode="overwrite")  # fmt: skip
    found = Backfill(spark, NIGHT, Places(LakePaths(str(folder)), NIGHT_ID)).run()
    assert any(line.startswith(f"votes, {A}-C01:") for line in found)
    assert {line.split(",")[0] for line in found} == {"votes", "constituencies", "hours"}


def test_ledgers_that_are_further_than_bronze_are_said_to_be_and_not_swapped(spark, tmp_path):
    log = whole_night()
    count_log(spark, tmp_path, log)
    land(spark, tmp_path, log, [m for m in log.messages if m.topic != "exit_poll"])
    backfill = Backfill(spark, NIGHT, Places(LakePaths(str(tmp_path)), NIGHT_ID))
    found = backfill.run()
    assert len(found) == 1 and found[0].startswith("exit_poll 0: counted live up to offset")
    with pytest.raises(UserError, match="does not hold everything"):
        backfill.run(to_swap=True)
