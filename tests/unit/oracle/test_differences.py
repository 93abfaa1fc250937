"""The oracle agrees with stores that agree with the log, and names whatever is spoilt in one."""

from dataclasses import replace
from hashlib import sha256

import orjson
import polars as pl
import pytest
from faults.oracle.broker_log import Record
from faults.oracle.checks import Sent
from faults.oracle.comparison import MOST_LINES, compare
from faults.oracle.results import MART_KEYS
from support.handmade_night import A
from support.oracle_night import HandmadeNight


@pytest.fixture
def night():
    return HandmadeNight()


def without(frame, n=0):
    """Return a frame without its n-th row."""
    return pl.concat([frame[:n], frame[n + 1 :]])


def doubled(frame, n=0):
    return pl.concat([frame, frame[n : n + 1]])


def changed(frame, column, n, value):
    places = pl.int_range(pl.len()) == n
    return frame.with_columns(pl.when(places).then(pl.lit(value)).otherwise(column).alias(column))


def test_stores_that_agree_have_no_differences(night):
    assert night.differences() == []


def test_a_row_that_raw_lost_is_named(night):
    row = night.held.raw["votes"].row(3, named=True)
    night.held.raw["votes"] = without(night.held.raw["votes"], 3)
    (line,) = night.differences()
    place = f"{row['kafka_partition']} {row['kafka_offset']}"
    assert line.startswith(f"raw.votes {place}: expected a row (")
    assert line.endswith("actual none")


def test_a_row_that_raw_has_twice_is_named(night):
    night.held.raw["voters"] = doubled(night.held.raw["voters"], 5)
    assert [line.split(": ")[1] for line in night.differences()] == [
        "expected once, actual 2 times"
    ]


def test_a_value_that_raw_has_otherwise_is_named(night):
    papers = night.held.raw["votes"]
    n = papers["candidate_id"].to_list().index(f"{A}-C01")
    night.held.raw["votes"] = changed(papers, "candidate_id", n, f"{A}-C02")
    (line,) = night.differences()
    assert line.endswith(f"candidate_id expected {A}-C01, actual {A}-C02")


def test_a_refused_message_that_raw_lost_is_named(night):
    night.held.rejected_messages = without(night.held.rejected_messages)
    (line,) = night.differences()
    assert line.startswith("raw.rejected_messages ")


def test_bytes_where_secrecy_forbids_them_are_named(night):
    rows = night.held.rejected_messages.with_row_index("n")
    n = rows.filter(pl.col("reason") == "secrecy")["n"][0]
    night.held.rejected_messages = changed(night.held.rejected_messages, "value", n, b"a choice")
    (line,) = night.differences()
    assert "value expected nothing" in line


@pytest.mark.parametrize("reason", ["malformed", "secrecy", "before_close"])
def test_of_a_refused_choice_only_hash_and_length_may_be_kept(night, reason):
    one = (pl.col("topic") == "votes") & (pl.col("verdict") == reason)
    (row,) = night.expected.kept.filter(one).rows(named=True)
    value = next(m.value for m in night.log["votes"] if m.offset == row["kafka_offset"]
                 and m.partition == row["kafka_partition"])  # fmt: skip
    assert row["value"] is None
    assert (row["value_sha256"], row["value_length"]) == (sha256(value).hexdigest(), len(value))


def test_one_vote_more_is_named_with_seat_and_candidate(night):
    totals = night.held.analytics["candidate_totals"]
    night.held.analytics["candidate_totals"] = changed(totals, "vote_count", 0, 15)
    assert night.differences() == [
        f"analytics.candidate_totals {A} {A}-C01: vote_count expected 14, actual 15",
        f"results candidate_totals {A} {A}-C01: vote_count expected 15, actual 14",
    ]


@pytest.mark.parametrize("n", [0, 40])
def test_an_offset_twice_in_bronze_is_named(night, n):
    night.held.bronze = doubled(night.held.bronze, n)
    (line,) = night.differences()
    assert line.startswith("bronze ") and line.endswith("expected once, actual 2 times")


def test_an_offset_that_bronze_lost_is_named(night):
    night.held.bronze = without(night.held.bronze, 7)
    (line,) = night.differences()
    assert line.startswith("bronze ") and line.endswith("actual none")


def test_other_bytes_in_bronze_are_named(night):
    night.held.bronze = changed(night.held.bronze, "value", 1, b"{}")
    (line,) = night.differences()
    assert line.startswith("bronze ") and "value expected" in line and "actual b'{}'" in line


def test_a_rejected_event_that_is_missing_is_named(night):
    lost = night.held.rejected_events.pop(2)
    (line,) = night.differences()
    h = lost.headers
    assert line.startswith(f"rejected_events {h['topic']} {h['partition']} {h['offset']}: expected")


def test_equal_copies_of_a_rejected_event_are_no_difference(night):
    night.held.rejected_events += night.held.rejected_events[:3]
    assert night.differences() == []


def test_copies_of_a_rejected_event_that_differ_are_named(night):
    first = night.held.rejected_events[0]
    night.held.rejected_events.append(replace(first, value=b"else"))
    assert any("expected equal copies, actual 2 that differ" in d for d in night.differences())


def test_another_reason_in_a_rejected_event_is_named(night):
    first = night.held.rejected_events[0]
    other = replace(first, headers=first.headers | {"reason": "too_early"})
    night.held.rejected_events[0] = other
    (line,) = night.differences()
    assert line.endswith(f"reason expected {first.headers['reason']}, actual too_early")


def test_a_row_that_results_lacks_is_named(night):
    newest = night.held.results[-1]
    night.held.results.append(Record(newest.key, None, {}))
    (line,) = night.differences()
    assert line.startswith("results polling_station_turnout ") and line.endswith("actual none")


def test_an_old_row_in_results_is_named(night):
    newest = night.held.results[1]
    row = orjson.loads(newest.value) | {"ledger_version": 0}
    night.held.results.append(replace(newest, value=orjson.dumps(row)))
    (line,) = night.differences()
    assert line.endswith("ledger_version expected 1, actual 0")


@pytest.mark.parametrize("table", ["accounts", "tallied_votes", "conservation"])
def test_an_account_that_is_missing_is_named(night, table):
    setattr(night.held, table, without(getattr(night.held, table)))
    assert len(night.differences()) == 1


def test_an_account_of_another_class_is_named(night):
    accounts = night.held.accounts
    night.held.accounts = changed(accounts, "late", 0, accounts["late"][0] + 1)
    (line,) = night.differences()
    assert line.startswith("ledger accounts ") and "late expected" in line


def test_ledger_entries_that_overlap_are_named_though_their_sums_are_right(night):
    accounts = night.held.accounts
    empty = accounts[:1].with_columns(pl.col("messages", "accepted", "late", "duplicate",
                                             "rejected") * 0)  # fmt: skip
    night.held.accounts = pl.concat([accounts, empty])
    (line,) = night.differences()
    assert line.startswith("ledger ") and line.endswith("no gap and no overlap, actual one at 0")


def test_a_ledger_entry_that_leaves_a_gap_is_named_though_sums_are_right(night):
    night.held.accounts = changed(night.held.accounts, "first_offset", 0, 1)
    (line,) = night.differences()
    assert line.endswith("expected no gap and no overlap, actual one at 1")


@pytest.mark.parametrize("name", ["landed", "tallied", "batches"])
def test_books_that_are_short_are_named(night, name):
    rows = night.held.ops[name]
    night.held.ops[name] = changed(rows, "messages", 0, rows["messages"][0] - 1)
    (line,) = night.differences()
    assert line.startswith(f"ops.{name}") and "messages expected" in line


@pytest.mark.parametrize("mart", [mart for mart, key in MART_KEYS.items() if key])
def test_a_row_that_a_mart_lost_is_named(night, mart):
    night.held.marts[mart] = without(night.held.marts[mart])
    (line,) = night.differences()
    assert line.startswith(f"marts.{mart} ") and line.endswith("actual none")


@pytest.mark.parametrize("mart", ["national_summary", "key_seats", "dim_party"])
def test_an_edition_that_is_not_the_night_is_named(night, mart):
    night.held.published[mart] = without(night.held.published[mart])
    (line,) = night.differences()
    assert line.startswith(f"published.{mart}") and line.endswith("actual none")


def test_a_complete_night_without_an_edition_is_named(night):
    night.held.published = None
    (line,) = night.differences()
    assert line == "published: expected an edition of a complete night, actual none"


def test_an_edition_of_a_night_that_is_not_over_may_be_older(night):
    night.night = replace(night.night, status="interrupted")
    night.held.published = None
    assert night.differences() == []


@pytest.mark.parametrize("topic", ["votes", "declarations"])
def test_a_row_that_silver_lost_is_named(night, topic):
    night.held.layers.silver[topic] = without(night.held.layers.silver[topic])
    (line,) = night.differences()
    assert line.startswith(f"silver.{topic} ") and line.endswith("actual none")


def test_another_reason_in_quarantine_is_named(night):
    layers = night.held.layers
    layers.quarantine = changed(layers.quarantine, "reason", 0, "too_early")
    (line,) = night.differences()
    assert line.startswith("quarantine ") and line.endswith("actual too_early")


def test_one_vote_more_in_gold_is_named_if_gold_is_of_the_newest_entry(night):
    layers = night.held.layers
    layers.gold["candidate_totals"] = changed(layers.gold["candidate_totals"], "vote_count", 0, 15)
    (line,) = night.differences()
    assert line == f"gold.candidate_totals {A} {A}-C01: vote_count expected 14, actual 15"
    layers.newest_entry = 2
    assert night.differences() == []


def test_silver_of_an_older_bronze_is_held_against_what_that_had(night):
    layers = night.held.layers
    papers = layers.silver["votes"]
    place, offset = papers.select("kafka_partition", "kafka_offset").row(-1)
    layers.landed = layers.landed | {("votes", place): offset}
    (line,) = [line for line in night.differences() if line.startswith("silver")]
    assert line.startswith("silver.votes ") and "expected none" in line


@pytest.mark.parametrize(
    ("mart", "column", "value"),
    [
        ("constituency_results", "majority", 3),
        ("constituency_results", "declared_winner_candidate_id", f"{A}-C02"),
        ("national_summary", "seats_declared", 1),
        ("party_results", "seats_declared", 9),
    ],
)
def test_a_number_that_a_mart_has_otherwise_is_named(night, mart, column, value):
    night.held.marts[mart] = changed(night.held.marts[mart], column, 0, value)
    (line,) = night.differences()
    assert line.startswith(f"marts.{mart}")
    assert f"{column} expected " in line and line.endswith(f"actual {value}")


def test_an_acknowledged_message_that_is_not_there_is_named(night):
    there = night.log["votes"][0]
    good = {("votes", there.partition, there.offset): there.value}
    night.sent = Sent(acknowledged=good | {("votes", 0, 9_999): b"gone"})
    assert night.differences() == [
        "log ('votes', 0, 9999): expected an acknowledged message, actual none"
    ]
    night.sent = Sent(acknowledged=dict.fromkeys(good, b"else"))
    assert "expected the bytes that were acknowledged" in night.differences()[0]


def test_an_unanswered_send_may_be_there_once_but_not_twice(night):
    first, second = night.log["votes"][0].value, night.log["votes"][1].value
    night.sent = Sent(unanswered=(("votes", first), ("votes", b"never arrived")))
    assert night.differences() == []
    night.log["votes"] = [
        replace(m, value=first) if m.value == second else m for m in night.log["votes"]
    ]
    assert any("expected at most once" in line for line in night.differences())


def test_more_acknowledged_than_there_is_is_named(night):
    produced = night.held.ops["produced"]
    n = produced["messages" if "messages" in produced.columns else "acknowledged"][0]
    night.held.ops["produced"] = changed(produced, "acknowledged", 0, n + 1)
    (line,) = night.differences()
    assert "acknowledged messages in the log" in line


def test_a_plan_that_is_not_sent_matters_when_the_night_is_complete(night):
    produced = night.held.ops["produced"]
    night.held.ops["produced"] = changed(produced, "position", 0, 1)
    assert "position expected" in night.differences()[0]
    night.night = replace(night.night, status="interrupted")
    assert night.differences() == []


def test_a_gap_in_the_log_itself_is_named(night):
    del night.log["votes"][5]
    assert night.differences()[0].startswith("log votes/0: expected offsets 0 to ")


def test_many_differences_are_counted():
    rows = pl.DataFrame({"id": range(100), "n": range(100)})
    lines = compare("t", ("id",), rows, rows.clear())
    assert len(lines) == MOST_LINES + 1
    assert lines[-1] == "t: and 80 differences more"


def test_a_send_that_the_producer_wrote_twice_is_named_though_it_counts_as_a_duplicate(night):
    night.night = replace(night.night, repeats_messages=False)
    papers = night.log["votes"]
    first = next(m for m in papers if m.partition == 1)
    last = max(m.offset for m in papers if m.partition == 1)
    papers.append(replace(first, offset=last + 1))
    found = [line for line in night.differences() if line.startswith("log ")]
    places = f"1/{first.offset}, 1/{last + 1}"
    assert found == [f"log votes: a send expected at most once, actual at {places}"]


def test_a_message_that_was_made_again_after_a_restart_is_no_such_send(night):
    night.night = replace(night.night, repeats_messages=False)
    papers = night.log["votes"]
    first = next(m for m in papers if m.partition == 1)
    last = max(m.offset for m in papers if m.partition == 1)
    again = orjson.loads(first.value) | {"produced_at": "2026-11-23T23:59:59.000001Z"}
    papers.append(replace(first, offset=last + 1, value=orjson.dumps(again)))
    assert [line for line in night.differences() if line.startswith("log ")] == []
