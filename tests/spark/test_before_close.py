"""The count at 21:59 and at 22:01: what Spark shows of choices, in `results` and in the lake."""

import deltalake as dl
import polars as pl
import pytest
from support.bronze_log import NIGHT, land
from support.events import NIGHT_ID
from support.handmade_night import VOTES, A, whole_night
from support.spark_count import count_log

from spark.jobs.gold import gold_tables
from spark.jobs.paths import LakePaths
from spark.sinks.kafka_topics import results_of
from spark.tally.live_tables import live_rows

HAPPENED = {"votes": "counted_at", "declarations": "declared_at", "exit_poll": None}
AT_21_59, AT_22_01 = "2017-06-08T20:59:00.000000Z", "2017-06-08T21:01:00.000000Z"
# When a row was written, and the hash of bytes that are not kept.
OF_THE_WRITING = ("as_of", "value_sha256")
SWAPPED = {f"{A}-C01": f"{A}-C02", f"{A}-C02": f"{A}-C01"}


def sent_at(moment, *, swapped=False):
    """Return the night with every sound message about a choice, and its repeats, sent then."""
    log = whole_night()
    for message in log.messages:
        if is_sound(message):
            message.event["sent_at"] = moment
            if happened := HAPPENED[message.topic]:
                message.event[happened] = moment
            choice = message.event.get("candidate_id")
            if swapped and message.topic == "votes" and choice in SWAPPED:
                message.event["candidate_id"] = SWAPPED[choice]
    return log


def is_sound(message):
    return message.topic in HAPPENED and message.message_class != "rejected"


def shown(spark, folder, log):
    """Return the messages of `results`, gold without its times, live rows, and who was refused."""
    counting = count_log(spark, folder, log)
    totals = counting.count.totals
    rows = {
        name: sorted(some, key=repr)
        for name, some in live_rows(totals, totals.everything()).items()
    }
    of_night = {
        name: [{"night_id": NIGHT_ID, **row} for row in some] for name, some in rows.items()
    }
    reasons = counting.reasons()
    refused = {reasons.get((m.topic, m.partition, m.offset)) for m in log.messages if is_sound(m)}
    _, gold = gold_tables(NIGHT, LakePaths(str(folder)))
    plain = {name: frame.drop("as_of", "ledger_version").rows() for name, frame in gold.items()}
    return sorted(m["value"] for m in results_of(of_night)), plain, rows, refused


def held(spark, folder, log):
    """Return the rows of every table in the lake, bronze and ledgers, without when and hashes."""
    land(spark, folder, log)
    tables = {}
    for place in folder.rglob("_delta_log"):
        rows = pl.from_arrow(dl.DeltaTable(str(place.parent)).to_pyarrow_table())
        tables[place.parent.relative_to(folder).as_posix()] = sorted(
            map(repr, rows.drop(OF_THE_WRITING, strict=False).iter_rows())
        )
    return tables


@pytest.fixture(scope="module")
def lakes():
    """What `held` finds at each look; filled by `looks`."""
    return {}


@pytest.fixture(scope="module")
def looks(spark, tmp_path_factory, lakes):
    looks = {}
    for moment in (AT_21_59, AT_22_01):
        for swapped in (False, True):
            folder, log = tmp_path_factory.mktemp("look"), sent_at(moment, swapped=swapped)
            looks[moment, swapped] = shown(spark, folder, log)
            lakes[moment, swapped] = held(spark, folder, log)
    return looks


def test_before_close_nothing_depends_on_a_choice(looks):
    assert looks[AT_21_59, False] == looks[AT_21_59, True]


def test_before_close_no_vote_and_no_answer_is_anywhere(looks):
    results, gold, rows, refused = looks[AT_21_59, False]
    assert {row["vote_count"] for row in rows["candidate_totals"]} == {0}
    assert {row["papers_counted"] for row in rows["constituency_counts"]} == {0}
    assert {row["party_abbreviation"] for row in rows["hourly_trends"]} == {"-"}
    assert rows["exit_poll_estimates"] == gold["exit_poll_estimates"] == []
    assert not any(b'"vote_count":1' in value for value in results)
    assert refused == {"before_close"}  # declarations too


def test_after_close_all_of_it_is_there(looks):
    results, gold, rows, refused = looks[AT_22_01, False]
    assert {r["candidate_id"]: r["vote_count"] for r in rows["candidate_totals"]} == VOTES
    assert rows["exit_poll_estimates"] and gold["exit_poll_estimates"]
    assert any(b'"vote_count":1' in value for value in results)
    assert refused == {None}
    assert results != looks[AT_22_01, True][0]


@pytest.mark.usefixtures("looks")
def test_before_close_no_table_in_the_lake_depends_on_a_choice(lakes):
    tables, others = lakes[AT_21_59, False], lakes[AT_21_59, True]
    assert {name for name in tables if tables[name] != others[name]} == set()


@pytest.mark.usefixtures("looks")
def test_after_close_the_same_look_finds_the_choices_in_bronze_and_in_a_ledger(lakes):
    tables, others = lakes[AT_22_01, False], lakes[AT_22_01, True]
    differ = {name.split("/")[0] for name in tables if tables[name] != others[name]}
    assert differ == {"bronze", "ledgers"}
