"""A night counted again beside its ledgers: equal to the live count, or the difference is named."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import deltalake as dl
import polars as pl
import pyarrow.compute as pc
import pytest
from support.bronze_log import FIRST_SENT, NIGHT, HandmadeNight, land
from support.handmade_night import LONDON, NIGHT_ID, VOTES, A, whole_night
from support.spark_count import count_log, dimensions_of

from election.errors import UserError
from election.settings import LakeSettings
from spark.jobs.as_of import table_as_of
from spark.jobs.bronze_night import BronzeNight
from spark.jobs.count_beside import CountBeside, Places
from spark.jobs.gold import gold_differences, gold_tables, write_gold
from spark.jobs.paths import LakePaths
from spark.jobs.starting_point import entry_before
from spark.tally import rows as ledger
from spark.tally.history import History
from spark.tally.rows import COUNT

NOW = datetime(2026, 11, 25, 2, tzinfo=UTC)
LEDGER_ROWS = {"votes", "constituencies", "hours"}


@pytest.fixture(scope="module")
def counted(spark, tmp_path_factory):
    folder, log = tmp_path_factory.mktemp("lake"), whole_night()
    land(spark, folder, log)
    batches = [log.messages[:150], log.messages[150:300], log.messages[300:]]
    count_log(spark, folder, log, batches)
    return folder, log


def beside(spark, folder, log=None, name="rebuilt"):
    places = Places(LakePaths(str(folder)), NIGHT_ID, name)
    source = HandmadeNight(spark, log) if log else BronzeNight(spark, places.paths, NIGHT_ID)
    return places, CountBeside(spark, NIGHT, places, source)


@pytest.fixture(scope="module")
def rebuilt(counted, spark):
    folder, log = counted
    places, again = beside(spark, folder)
    return folder, log, places, again.compare(most=120)


def votes_of(folder, moment=None):
    _, tables = gold_tables(NIGHT, LakePaths(str(folder)), moment)
    return dict(tables["candidate_totals"].select("candidate_id", "vote_count").iter_rows())


def spoil(folder, column, value):
    """Add to a column of the count ledger's sheets that hold a candidate."""
    path = LakePaths(str(folder)).ledger(NIGHT_ID, COUNT)
    rows = dl.DeltaTable(path).to_pyarrow_table()
    one = pc.and_(pc.equal(rows["candidate_id"], f"{A}-C01"), pc.equal(rows["kind"], "sheet"))
    more = pc.if_else(pc.fill_null(one, False), pc.add(rows[column], value), rows[column])
    index = rows.schema.get_field_index(column)
    dl.write_deltalake(path, rows.set_column(index, rows.schema.field(index), more),
                       mode="overwrite")  # fmt: skip


def test_bronze_gives_the_ledgers_of_the_live_count(rebuilt):
    assert rebuilt[3] == []


def test_any_other_log_of_the_night_gives_them_too(counted, spark):
    folder, log = counted
    places, again = beside(spark, folder, log, "from-log")
    assert again.compare(most=200) == []
    assert again.messages == len(log.messages)
    places.clear()
    assert not Path(places.paths.ledgers(places.fresh_id)).exists()


def test_new_ledgers_have_entry_numbers_that_no_sink_has(rebuilt):
    _, log, places, _ = rebuilt
    dimensions, _ = dimensions_of(log)
    live, _ = places.sum(NIGHT_ID, dimensions)
    again, _ = places.sum(places.fresh_id, dimensions)
    assert again.entry > live.entry


def test_swapped_ledgers_keep_when_messages_were_there(rebuilt, tmp_path):
    folder = Path(shutil.copytree(rebuilt[0], tmp_path / "lake"))
    aside = Places(LakePaths(str(folder)), NIGHT_ID).swap(NOW)
    assert votes_of(folder) == VOTES
    last_ballot = FIRST_SENT + timedelta(seconds=200)
    assert sum(votes_of(folder, last_ballot).values()) == 0
    assert dl.DeltaTable.is_deltatable(str(aside / COUNT))


def test_a_live_table_is_read_as_it_was_at_a_time(rebuilt):
    lake = LakeSettings(LAKE_PATH=str(rebuilt[0]))
    for moment, votes in ((NOW + timedelta(days=365), VOTES), (NOW - timedelta(days=365), {})):
        rows = table_as_of(NIGHT, lake, moment, "candidate_totals")
        counted = rows.filter(pl.col("vote_count") > 0).select("candidate_id", "vote_count")
        assert dict(counted.iter_rows()) == votes


def test_an_object_store_is_not_swapped():
    with pytest.raises(UserError, match="cannot be swapped"):
        Places(LakePaths("gs://bucket/lake"), NIGHT_ID).check_swap()


def test_a_spoiled_ledger_is_named_by_what_differs(rebuilt, spark, tmp_path):
    folder = Path(shutil.copytree(rebuilt[0], tmp_path / "lake"))
    spoil(folder, "messages", 1)
    found = beside(spark, folder)[1].compare()
    assert any(line.startswith(f"votes, {A}-C01:") for line in found)
    assert {line.split(",")[0] for line in found} == LEDGER_ROWS
    assert all(line.endswith("from bronze") for line in found)


def test_a_log_that_has_less_than_was_counted_is_refused(spark, tmp_path):
    log = whole_night()
    count_log(spark, tmp_path, log)
    land(spark, tmp_path, log, [m for m in log.messages if m.topic != "exit_poll"])
    with pytest.raises(UserError, match="bronze does not hold everything"):
        beside(spark, tmp_path)


def test_what_came_since_is_counted_after_the_comparison(spark, tmp_path):
    log = whole_night()
    land(spark, tmp_path, log)
    count_log(spark, tmp_path, log, [log.messages[:-30]])
    places, again = beside(spark, tmp_path)
    assert again.compare() == []
    assert again.messages == len(log.messages) - 30
    compared = again.newest
    again.finish()
    assert again.messages == len(log.messages) and again.newest > compared
    places.swap(NOW)
    assert votes_of(tmp_path) == VOTES


def test_ledgers_that_were_lost_are_counted_from_the_beginning(spark, tmp_path):
    log = whole_night()
    land(spark, tmp_path, log)
    places, again = beside(spark, tmp_path)
    assert again.compare() == [] and again.messages == 0
    again.finish()
    places.swap(NOW)
    assert votes_of(tmp_path) == VOTES


def test_ledgers_of_another_schema_version_are_counted_anew_and_swapped(
    counted, spark, tmp_path, monkeypatch
):
    folder = Path(shutil.copytree(counted[0], tmp_path / "lake"))
    old = ledger.VERSIONS[COUNT]
    monkeypatch.setitem(ledger.VERSIONS, COUNT, old + 1)
    places = Places(LakePaths(str(folder)), NIGHT_ID)
    with pytest.raises(UserError, match=f"schema version {old}"):
        beside(spark, folder)
    log = BronzeNight(spark, places.paths, NIGHT_ID)
    again = CountBeside(spark, NIGHT, places, log, outdated=places.outdated())
    said = f"ledger count: schema version {old} live, {old + 1} from this program"
    assert again.compare() == [said]
    assert again.messages == len(counted[1].messages)
    places.swap(NOW)
    assert places.outdated() == [] and votes_of(folder) == VOTES


def test_a_key_that_the_log_does_not_have_is_named_and_goes(counted, spark, tmp_path):
    folder = Path(shutil.copytree(counted[0], tmp_path / "lake"))
    more = whole_night()
    more.send("exit_poll", region_id=LONDON, answer_no=5, age_band="75+", party_abbreviation="Lab")
    count_log(spark, folder / "other", more)
    paths = LakePaths(str(folder))
    _, with_stale = gold_tables(NIGHT, LakePaths(str(folder / "other")))
    _, right = gold_tables(NIGHT, paths)
    newest = int(right["exit_poll_estimates"]["ledger_version"][0])
    stamped = pl.lit(newest, pl.Int64).alias("ledger_version")
    write_gold(paths, NIGHT_ID, {n: t.with_columns(stamped) for n, t in with_stale.items()})

    rows = {name: table.to_dicts() for name, table in right.items()}
    [line] = gold_differences(paths, NIGHT_ID, newest, rows)
    assert line == (
        f"gold.exit_poll_estimates, {LONDON}/75+/female/degree/Lab: should not be there"
    )
    assert gold_differences(paths, NIGHT_ID, newest + 1, rows) == []
    write_gold(paths, NIGHT_ID, right)
    assert gold_differences(paths, NIGHT_ID, newest, rows) == []


def test_messages_taken_again_from_the_middle_change_nothing(counted, spark):
    folder, log = counted
    places, again = beside(spark, folder, log, "replayed")
    accounts = pl.concat(
        [one.accounts(None) for one in places.histories(NIGHT_ID).values()],
        how="diagonal_relaxed",
    )
    last = log.messages[299]
    before = entry_before(accounts, {(last.topic, last.partition): last.offset})
    assert before == 0
    assert again.compare(after=before) == []
    assert again.messages == len(log.messages) - 150


def test_a_ledger_spoiled_after_that_point_is_found_by_a_replay(counted, spark, tmp_path):
    folder = Path(shutil.copytree(counted[0], tmp_path / "lake"))
    spoil(folder, "messages", 1)
    found = beside(spark, folder, counted[1], "replayed")[1].compare(after=0)
    assert {line.split(",")[0] for line in found} == LEDGER_ROWS


def test_history_up_to_an_entry_is_what_it_was_then(counted):
    history = History(LakePaths(str(counted[0])).ledger(NIGHT_ID, COUNT), COUNT)
    assert history.until(1)["entry"].to_list() == [0, 1]
    assert len(history.rejections(0)) < len(history.rejections(None))
