"""The batch job over a night's bronze and ledgers: silver, quarantine, gold, twice the same."""

from datetime import UTC, datetime

import deltalake as dl
import polars as pl
import pytest
from support.bronze_log import NIGHT, land, value_of
from support.handmade_night import BALLOTS, STATIONS, VOTES, whole_night
from support.spark_count import count_log

from election.acceptance import keeps_bytes
from election.chain import CHAINED_TOPICS
from election.events import EVENTS
from election.tables import ANALYTICS
from election.topics import INPUT_TOPICS, event_of
from spark.jobs.lake import Lake
from spark.jobs.paths import LakePaths

ELECTOR, CHOICE = {"elector_no", "voter_key"}, {"candidate_id", "party_abbreviation"}
TABLES = [*(("silver", t) for t in INPUT_TOPICS), ("quarantine", "messages"),
          *(("gold", name) for name in ANALYTICS)]  # fmt: skip


def table(folder, layer, name):
    path = LakePaths(str(folder)).table(layer, name)
    return pl.from_arrow(dl.DeltaTable(path).to_pyarrow_table())


def everything(folder):
    return {(layer, name): sorted(map(repr, table(folder, layer, name).iter_rows()))
            for layer, name in TABLES}  # fmt: skip


@pytest.fixture(scope="module")
def lake(spark, tmp_path_factory):
    folder, log = tmp_path_factory.mktemp("lake"), whole_night()
    land(spark, folder, log)
    count_log(spark, folder, log)
    lines = list(Lake(spark, NIGHT, LakePaths(str(folder))).build())
    return folder, log, lines


@pytest.mark.parametrize("topic", INPUT_TOPICS)
def test_silver_has_what_counts_and_nothing_else(lake, topic):
    folder, log, _ = lake
    silver = table(folder, "silver", topic)
    found = {(p, o): late for p, o, late in
             silver.select("kafka_partition", "kafka_offset", "is_late").iter_rows()}  # fmt: skip
    assert found == {
        (m.partition, m.offset): m.message_class == "late" for m in log.of(topic) if m.is_counted
    }
    assert len(silver) == len(found)


def test_silver_is_typed_as_the_event_says(lake):
    silver = table(lake[0], "silver", "ballots_issued")
    row = silver.filter((pl.col("kafka_partition") == 0) & (pl.col("kafka_offset") == 1)).row(
        0, named=True
    )
    assert row["issue_no"] == 1 and row["method"] == "postal"
    assert row["issued_at"] == datetime(2017, 6, 8, 8, tzinfo=UTC)
    assert {f.name for f in EVENTS["ballot_issued"].fields} <= set(silver.columns)


def test_quarantine_has_every_rejection_with_its_reason(lake):
    folder, log, _ = lake
    rows = table(folder, "quarantine", "messages")
    columns = ["topic", "kafka_partition", "kafka_offset", "reason"]
    found = {(t, p, offset): reason for t, p, offset, reason in rows.select(columns).iter_rows()}
    assert len(rows) == len(found)
    assert found == {
        (m.topic, m.partition, m.offset): m.reason
        for m in log.messages if m.message_class == "rejected"
    }  # fmt: skip


def test_quarantine_keeps_bytes_only_where_secrecy_allows(lake):
    folder, log, _ = lake
    rows = {(r["topic"], r["kafka_partition"], r["kafka_offset"]): r
            for r in table(folder, "quarantine", "messages").iter_rows(named=True)}  # fmt: skip
    for m in log.messages:
        if m.message_class != "rejected":
            continue
        row = rows[m.topic, m.partition, m.offset]
        kept = keeps_bytes(m.reason, names_a_choice=event_of(m.topic).names_a_choice)
        assert (row["value"] == value_of(m)) is kept, m
        assert (row["value_sha256"] is not None) is (not kept or m.topic in CHAINED_TOPICS)
        assert row["value_length"] == len(value_of(m))


def test_gold_has_the_totals_of_the_night(lake):
    folder = lake[0]
    votes = table(folder, "gold", "candidate_totals").select("candidate_id", "vote_count")
    assert dict(votes.iter_rows()) == VOTES
    stations = table(folder, "gold", "polling_station_turnout")
    assert dict(stations.select("polling_station_id", "registered").iter_rows()) == STATIONS
    issued = dict(stations.select("polling_station_id", "ballots_issued").iter_rows())
    assert issued == {s: min(n, 25) for s, n in BALLOTS.items()}


@pytest.mark.parametrize("name", ANALYTICS)
def test_gold_is_laid_out_as_analytics(lake, name):
    gold = table(lake[0], "gold", name)
    assert gold.columns == [c.name for c in ANALYTICS[name].columns]
    assert len(gold) == gold.select(ANALYTICS[name].key).n_unique()


def test_a_second_run_gives_the_same(lake, spark):
    folder = lake[0]
    before = everything(folder)
    list(Lake(spark, NIGHT, LakePaths(str(folder))).build())
    assert everything(folder) == before


def test_no_table_holds_an_elector_beside_a_choice(lake):
    for layer, name in TABLES:
        columns = set(table(lake[0], layer, name).columns)
        assert not (columns & ELECTOR and columns & CHOICE), (layer, name)
    assert table(lake[0], "silver", "ballots_issued")["elector_no"].is_not_null().any()


def test_the_report_says_how_far_bronze_goes(lake):
    _, log, lines = lake
    assert f"votes {len(log.of('votes'))}" in lines[0]
    assert not [line for line in lines if "apart" in line]
