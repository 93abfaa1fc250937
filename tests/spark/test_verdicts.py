"""One message, one verdict: every reason in its order, its boundaries, and poison."""

import json

import polars as pl
import pytest
from pyspark.sql import functions as F
from support.bronze_log import RULES, messages
from support.events import MISSING, SEAT, STATION, make_event, make_value
from support.handmade_night import A, B, whole_night
from support.spark_count import dimensions_of

from election.acceptance import MESSAGE_LEVEL_REASONS, REASONS
from election.topics import INPUT_TOPICS
from spark.sinks.bronze_files import write_files
from spark.transforms.judging import Judging

MB = 1024 * 1024
ACCEPTED = None
ALONE = MESSAGE_LEVEL_REASONS


def text(topic, **fields):
    return make_value(topic, **fields)


def with_raw(topic, name, raw):
    """Return a message with a field's value written as it stands."""
    event = make_event(topic)
    event[name] = "@"
    return json.dumps(event).replace('"@"', raw).encode()


def issued(at, **fields):
    return text("ballots_issued", issued_at=at, sent_at=fields.pop("sent_at", at), **fields)


POISON = {
    "not JSON": b"ballot",
    "half an object": make_value("votes")[:-10],
    "an array": b"[" + make_value("votes") + b"]",
    "two objects": make_value("votes") * 2,
    "bad UTF-8": make_value("votes").replace(b"C01", b"C\xff1"),
    "nothing": None,
    "an empty value": b"",
    "a megabyte": b'{"a": "' + b"x" * MB + b'"}',
    "deep nesting": b'{"a": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    "NaN": with_raw("votes", "paper_no", "NaN"),
    "a number as text": text("votes", paper_no="1"),
    "a fraction": with_raw("votes", "paper_no", "1.5"),
    "a whole fraction": with_raw("votes", "paper_no", "1.0"),
    "an exponent": with_raw("votes", "paper_no", "1e0"),
    "more than 64 bits": with_raw("votes", "paper_no", str(2**63)),
    "a flag as a number": with_raw("votes", "paper_no", "true"),
    "a time without Z": text("votes", counted_at="2017-06-09T00:30:00.000000"),
    "a time with an offset": text("votes", counted_at="2017-06-09T00:30:00.000000+00:00"),
    "a day that is not": text("votes", counted_at="2017-02-30T00:30:00.000000Z"),
    "a required field is null": text("votes", count_batch_id=None),
    "a required field is missing": text("votes", count_batch_id=MISSING),
    "a choice and a rejection": text("votes", rejection_reason="unmarked_or_void"),
}

CASES = {
    # what the message alone says
    **{f"poison: {name}": ("votes", value, "malformed") for name, value in POISON.items()},
    "an account of what has none": ("ballot_accounts", text(
        "ballot_accounts", kind="dimensions", id=SEAT, constituency_id=MISSING), "malformed"),
    "an unknown field is ignored": ("votes", text("votes", colour="blue"), ACCEPTED),
    "another version": ("votes", text("votes", schema_version=2), "unknown_version"),
    "version before secrecy": ("votes", text("votes", schema_version=2, elector_no=1),
                               "unknown_version"),
    "an elector beside a choice": ("votes", text("votes", elector_no=1), "secrecy"),
    "an elector that is null": ("votes", text("votes", elector_no=None), ACCEPTED),
    "a choice on the register": ("voters", text("voters", candidate_id=f"{A}-C01"), "secrecy"),
    "secrecy before the close": ("votes", text("votes", elector_no=1,
                                               sent_at="2017-06-08T20:00:00Z"), "secrecy"),
    "sent a moment before close": ("votes", text("votes", sent_at="2017-06-08T20:59:59.999999Z",
                                                 counted_at="2017-06-08T20:00:00Z"),
                                   "before_close"),
    "sent at close": ("votes", text("votes", sent_at="2017-06-08T21:00:00Z",
                                    counted_at="2017-06-08T21:00:00Z"), ACCEPTED),
    "before close before the seat": ("votes", text("votes", constituency_id="E99",
                                                   sent_at="2017-06-08T20:00:00Z"),
                                     "before_close"),
    # references, in their order
    "seat before candidate": ("votes", text("votes", constituency_id="E99", candidate_id="E99-C77"),
                              "unknown_seat"),
    "station before its seat": ("voters", text("voters", polling_station_id=f"{A}-S077"),
                                "unknown_station"),
    "a candidate is no station": ("voters", text("voters", polling_station_id=f"{A}-C01"),
                                  "unknown_station"),
    "a station of another seat": ("voters", text("voters", polling_station_id=f"{B}-S001",
                                                 elector_no=99), "station_of_other_seat"),
    "a candidate nobody knows": ("votes", text("votes", candidate_id=f"{A}-C77",
                                               count_batch_id=f"{B}-B0001"), "unknown_candidate"),
    "a candidate of another seat": ("votes", text("votes", candidate_id=f"{B}-C01",
                                                  count_batch_id=f"{B}-B0001"),
                                    "candidate_of_other_seat"),
    "a batch of another seat": ("votes", text("votes", count_batch_id=f"{B}-B0001", paper_no=0),
                                "batch_of_other_seat"),
    "a batch with a batch in it": ("votes", text("votes", count_batch_id=f"{A}-Bx-B0001"),
                                   "batch_of_other_seat"),
    "a batch without digits": ("votes", text("votes", count_batch_id=f"{A}-B"),
                               "batch_of_other_seat"),
    "neither choice nor reason": ("votes", text("votes", candidate_id=MISSING, paper_no=0),
                                  "no_choice"),
    # bounds
    "paper 0": ("votes", text("votes", paper_no=0), "number_out_of_range"),
    "paper 5,000": ("votes", text("votes", paper_no=5000), ACCEPTED),
    "paper 5,001": ("votes", text("votes", paper_no=5001), "number_out_of_range"),
    "issue twice the register": ("ballots_issued", text("ballots_issued", issue_no=80), ACCEPTED),
    "issue beyond": ("ballots_issued", text("ballots_issued", issue_no=81, elector_no=99),
                     "number_out_of_range"),
    "the last elector": ("ballots_issued", text("ballots_issued", elector_no=40), ACCEPTED),
    "an elector beyond": ("ballots_issued", text("ballots_issued", elector_no=41),
                          "unknown_elector"),
    "elector 0": ("voters", text("voters", elector_no=0), "unknown_elector"),
    "tendered for nobody known": ("ballots_issued", text("ballots_issued", method="tendered",
                                                         elector_no=41), ACCEPTED),
    "answer 1,000,000": ("exit_poll", text("exit_poll", answer_no=1_000_000), ACCEPTED),
    "answer beyond": ("exit_poll", text("exit_poll", answer_no=1_000_001), "number_out_of_range"),
    # time
    "at the opening": ("ballots_issued", issued("2017-06-08T06:00:00Z"), ACCEPTED),
    "before the opening": ("ballots_issued", issued("2017-06-08T05:59:59.999999Z"),
                           "outside_hours"),
    "in the queue": ("ballots_issued", issued("2017-06-08T21:30:00Z"), ACCEPTED),
    "after the queue": ("ballots_issued", issued("2017-06-08T21:30:00.000001Z"), "outside_hours"),
    "post of the day before": ("ballots_issued", issued("2017-06-07T12:00:00Z", method="postal"),
                               ACCEPTED),
    "a poll weeks later": ("ballots_issued", issued("2017-06-29T11:00:00Z"), ACCEPTED),
    "hours before too early": ("ballots_issued", issued("2017-06-08T23:00:00Z",
                                                        sent_at="2017-06-08T11:00:00Z"),
                               "outside_hours"),
    "five minutes ahead": ("votes", text("votes", counted_at="2017-06-09T00:35:00Z"), ACCEPTED),
    "more than that": ("votes", text("votes", counted_at="2017-06-09T00:35:00.000001Z"),
                       "too_early"),
    "in 2099": ("votes", text("votes", counted_at="2099-01-01T00:00:00Z"), "too_early"),
    "a name after the opening": ("voters", text("voters", sent_at="2017-06-08T06:00:00Z"),
                                 "register_closed"),
    "a name just before": ("voters", text("voters", sent_at="2017-06-08T05:59:59.999999Z"),
                           ACCEPTED),
    # lists of candidates
    "a declaration names a stranger": ("declarations", text("declarations", votes=[
        {"candidate_id": f"{A}-C77", "vote_count": 1}], winner_candidate_id=MISSING, is_tie=True),
        "unknown_candidate"),
}  # fmt: skip

LATE = {
    "ten minutes": ("votes", text("votes", sent_at="2017-06-09T00:40:00Z"), False),
    "and a moment": ("votes", text("votes", sent_at="2017-06-09T00:40:00.000001Z"), True),
    "the register is never late": ("voters", text("voters", registered_at="2017-05-01T00:00:00Z"),
                                   False),
}  # fmt: skip


@pytest.fixture(scope="module")
def judging(spark):
    return Judging.of(spark, dimensions_of(whole_night())[0], RULES)


@pytest.fixture(scope="module")
def judged(spark, judging):
    """Every case in one frame: its place says which it is."""
    cases = [*CASES.values(), *LATE.values()]
    rows = [(topic, 0, at, value) for at, (topic, value, _) in enumerate(cases)]
    validated = judging.verdicts(messages(spark, rows))
    found = {r["kafka_offset"]: r for r in
             validated.select("kafka_offset", "reason", "is_late").collect()}  # fmt: skip
    return dict(zip([*CASES, *LATE], (found[at] for at in range(len(cases))), strict=True))


@pytest.mark.parametrize("name", CASES)
def test_the_first_reason_that_applies(judged, name):
    assert judged[name]["reason"] == CASES[name][2]


@pytest.mark.parametrize("name", LATE)
def test_late_is_more_than_ten_minutes(judged, name):
    assert (judged[name]["reason"], judged[name]["is_late"]) == (None, LATE[name][2])


def test_every_reason_of_a_single_message_is_tried_here():
    tried = {expected for _, _, expected in CASES.values()} - {None}
    assert set(REASONS) - tried == {"double_vote_attempt"}


def test_every_message_has_a_verdict(spark, judging):
    """Poison takes no neighbour with it: a good vote stands after each bad one."""
    values = [v for bad in POISON.values() for v in (bad, make_value("votes"))]
    rows = [("votes", 0, at, value) for at, value in enumerate(values)]
    validated = judging.verdicts(messages(spark, rows))
    found = sorted((r["kafka_offset"], r["reason"]) for r in
                   validated.select("kafka_offset", "reason").collect())  # fmt: skip
    assert found == [(at, None if at % 2 else "malformed") for at in range(len(values))]


def test_bronze_notes_the_reason_that_validation_finds(spark, judging, tmp_path):
    """What the message alone says is found alike when it is landed and when it is counted."""
    values = [value for topic, value, _ in CASES.values() if topic == "votes"]
    rows = messages(spark, [("votes", 0, at, value) for at, value in enumerate(values)])
    stamped = rows.withColumn("kafka_timestamp", F.current_timestamp())
    files = write_files(stamped, RULES, str(tmp_path), "a-night")
    found = pl.concat([pl.read_parquet(tmp_path / file.path) for file in files])
    landed = dict(found.select("kafka_offset", "refused_as").iter_rows())
    counted = judging.verdicts(rows).select("kafka_offset", "reason").collect()
    of_message = {r["kafka_offset"]: r["reason"] for r in counted if r["reason"] in ALONE}
    assert landed == {at: of_message.get(at) for at in range(len(values))}


def test_what_the_tally_gets_never_has_an_elector_beside_a_choice(spark, judging):
    rows = [(topic, 0, 0, make_value(topic)) for topic in INPUT_TOPICS]
    prepared = judging.prepared(messages(spark, rows))
    for row in prepared.collect():
        choice = None if row["elector_no"] is None else row["choice"]
        assert choice in (None, "in_person")
    assert STATION in {row["source"] for row in prepared.collect()}
