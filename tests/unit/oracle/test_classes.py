"""The oracle's own rules, on logs made by hand: each message gets the class its author gave it."""

import json

import pytest
from faults.oracle.decoding import Message, decode, depth
from faults.oracle.expected import expect
from faults.oracle.judging import classify
from faults.oracle.wire import EVENTS
from support.events import MISSING, SEAT, make_event, make_value
from support.handmade_log import Log
from support.handmade_night import A, B, whole_night
from support.handmade_rows import fact_rows, live_rows
from support.oracle_night import HOURS, messages_of

REASONS = {
    "malformed", "unknown_version", "secrecy", "before_close", "unknown_seat", "unknown_station",
    "station_of_other_seat", "unknown_candidate", "candidate_of_other_seat", "batch_of_other_seat",
    "no_choice", "number_out_of_range", "unknown_elector", "outside_hours", "too_early",
    "register_closed", "double_vote_attempt",
}  # fmt: skip
TIMES = {"hour_start_at", "first_counted_at", "last_counted_at", "declared_at"}


def classes_of(log):
    return {
        (topic, row["kafka_partition"], row["kafka_offset"]): (row["class"], row["verdict"])
        for topic, frame in expect(messages_of(log), HOURS).classes.items()
        for row in frame.iter_rows(named=True)
    }


def verdict(topic, value):
    """Return the first reason that a message alone gives."""
    return decode(topic, [Message(0, 0, value)], HOURS.closes_us)["refusal"][0]


def judged(topic, *events):
    """Return (class, reason) of messages that come to a whole night's partition 0."""
    log = whole_night()
    first = len([m for m in log.of(topic) if m.partition == 0])
    for event in events:
        log.append("?", None, topic, 0, event)
    found = classes_of(log)
    return [found[topic, 0, first + i] for i in range(len(events))]


def test_every_message_of_the_night_gets_its_class_and_reason():
    log = whole_night()
    assert {m.reason for m in log.messages} - {None} == REASONS
    assert classes_of(log) == {
        (m.topic, m.partition, m.offset): (m.message_class, m.reason) for m in log.messages
    }


@pytest.mark.parametrize("table", ["candidate_totals", "constituency_counts", "regional_turnout",
                                   "hourly_trends", "demographic_analysis", "exit_poll_estimates",
                                   "polling_station_turnout"])  # fmt: skip
def test_live_tables_are_those_that_the_author_counts(table):
    log = whole_night()
    frame = expect(messages_of(log), HOURS).live[table]
    theirs = live_rows(log)[table]
    columns = [c for c in frame.columns if any(c in row for row in theirs)]
    ours = [{c: row[c] for c in columns} for row in frame.iter_rows(named=True)]
    wanted = [{c: moment(row[c]) if c in TIMES else row[c] for c in columns} for row in theirs]
    assert sorted(ours, key=str) == sorted(wanted, key=str)
    assert len(ours) > 0


def moment(text):
    return decode("votes", [Message(0, 0, make_value("votes", counted_at=text))],
                  HOURS.closes_us)["counted_at"][0]  # fmt: skip


def test_rejections_are_those_that_the_author_expects():
    log = whole_night()
    ours = expect(messages_of(log), HOURS).live["rejections"].rows(named=True)
    assert sorted(ours, key=str) == sorted(fact_rows(log)["rejections"], key=str)


def test_the_result_follows_from_the_declarations():
    marts = expect(messages_of(whole_night()), HOURS).marts
    seats = {row["constituency_id"]: row for row in marts["constituency_results"].rows(named=True)}
    assert (seats[A]["declared_winner_candidate_id"], seats[A]["majority"]) == (f"{A}-C01", 4)
    assert (seats[B]["declared_winner_candidate_id"], seats[B]["majority"]) == (f"{B}-C02", 6)
    assert (seats[B]["declaration_version"], seats[B]["valid_votes"]) == (2, 18)
    versions = marts["fct_declaration"].rows(named=True)
    assert [(v["constituency_id"], v["declaration_version"], v["is_latest"]) for v in versions] == [
        (A, 1, True), (B, 1, False), (B, 2, True)
    ]  # fmt: skip
    parties = {row["party_abbreviation"]: row for row in marts["counted_results"].rows(named=True)}
    assert {p: (row["seats"], row["votes"]) for p, row in parties.items()} == {
        "Con": (1, 20), "Lab": (1, 22), "Ind": (0, 4)
    }  # fmt: skip
    (nation,) = marts["national_summary"].rows(named=True)
    assert (nation["seats_total"], nation["seats_declared"], nation["seats_tied"]) == (2, 2, 0)
    assert (nation["leading_party"], nation["second_party"]) == ("Lab", "Con")


def with_raw(topic, name, raw):
    event = make_event(topic) | {name: "@"}
    return json.dumps(event).replace('"@"', raw).encode()


@pytest.mark.parametrize(
    "value",
    [
        None, b"", b"x" * 1_000_000, b"[" * 100_000, b"[]", make_value("votes") * 2,
        make_value("votes")[:-1], make_value("votes").replace(b"C01", b"C\xff1"),
        make_value("votes")[:-1] + b',"more":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
        with_raw("votes", "paper_no", "NaN"), with_raw("votes", "paper_no", "1.0"),
        with_raw("votes", "paper_no", "1e0"), with_raw("votes", "paper_no", str(2**63)),
        make_value("votes", paper_no="1"), make_value("votes", paper_no=True),
        make_value("votes", paper_no=None), make_value("votes", paper_no=MISSING),
        make_value("votes", constituency_id="e1"), make_value("votes", constituency_id="E1\0"),
        make_value("votes", counted_at="2017-06-09T00:30:00+00:00"),
        make_value("votes", counted_at="2017-02-29T00:30:00Z"),
        make_value("votes", rejection_reason="unmarked_or_void"),
        make_value("votes", candidate_id=MISSING, rejection_reason="coffee stain"),
    ],
)  # fmt: skip
def test_what_does_not_decode_is_malformed(value):
    assert verdict("votes", value) == "malformed"


@pytest.mark.parametrize(
    ("topic", "overrides", "reason"),
    [
        ("votes", {}, None),
        ("votes", {"more": 1, "elector_no": None}, None),
        ("votes", {"schema_version": 2, "elector_no": 1}, "unknown_version"),
        ("votes", {"age_band": "75+", "sent_at": "2017-06-08T12:00:00Z"}, "secrecy"),
        ("votes", {"sent_at": "2017-06-08T20:59:59.999999Z"}, "before_close"),
        ("exit_poll", {"constituency_id": SEAT}, "secrecy"),
        ("exit_poll", {"refused": True}, "malformed"),
        ("ballots_issued", {"elector_no": MISSING}, "malformed"),
        ("ballots_issued", {"candidate_id": "x"}, "secrecy"),
        ("ballot_accounts", {"constituency_id": None}, "malformed"),
        ("constituencies", {"stations": [{"name": "Hall", "registered": 4}]}, "malformed"),
        ("declarations", {"votes": [{"candidate_id": "A", "vote_count": 1.0}]}, "malformed"),
    ],
)
def test_the_message_alone_gives_the_first_reason(topic, overrides, reason):
    assert verdict(topic, make_value(topic, **overrides)) == reason


@pytest.mark.parametrize("topic", EVENTS)
def test_a_valid_event_of_every_topic_decodes(topic):
    assert verdict(topic, make_value(topic)) is None


def test_depth_counts_lists_and_objects():
    assert [depth(v) for v in (1, {}, {"a": [1]}, [[[]], {}])] == [0, 1, 2, 3]


def ballot(issued_at, **fields):
    base = {"issue_no": 30, "elector_no": 32, "constituency_id": A,
            "polling_station_id": f"{A}-S001"}  # fmt: skip
    return make_event("ballots_issued", **base | {"issued_at": issued_at, "sent_at": issued_at}
                      | fields)  # fmt: skip


@pytest.mark.parametrize(
    ("at", "method", "reason"),
    [
        ("2017-06-08T06:00:00Z", "in_person", None),
        ("2017-06-08T05:59:59.999999Z", "in_person", "outside_hours"),
        ("2017-06-08T21:30:00Z", "in_person", None),
        ("2017-06-08T21:30:00.000001Z", "proxy", "outside_hours"),
        ("2017-06-01T02:00:00Z", "postal", None),
        ("2017-06-09T02:00:00Z", "postal", "outside_hours"),
        ("2017-06-29T12:00:00Z", "in_person", None),
        ("2017-06-29T03:00:00Z", "in_person", "outside_hours"),
        ("2017-11-09T07:00:00Z", "in_person", None),  # winter: seven in the morning is 07:00 UTC
        ("2017-11-09T06:30:00Z", "in_person", "outside_hours"),
    ],
)
def test_polling_hours_are_local_and_of_any_day(at, method, reason):
    assert judged("ballots_issued", ballot(at, method=method))[0][1] == reason


def test_the_first_that_is_acceptable_claims_a_number_and_only_that():
    noon = "2017-06-08T11:00:00Z"
    rejected, first, again = (
        ballot(noon, elector_no=99), ballot(noon), ballot(noon, elector_no=33)
    )  # fmt: skip
    assert judged("ballots_issued", rejected, first, again, first) == [
        ("rejected", "unknown_elector"), ("accepted", None), ("duplicate", None),
        ("duplicate", None),
    ]  # fmt: skip


def test_a_second_ballot_claims_its_number_and_no_elector():
    noon = "2017-06-08T11:00:00Z"
    second = ballot(noon, elector_no=3)
    assert judged("ballots_issued", second, ballot(noon), ballot(noon, issue_no=31)) == [
        ("rejected", "double_vote_attempt"), ("duplicate", None), ("accepted", None),
    ]  # fmt: skip


def test_a_tendered_ballot_neither_checks_nor_claims_an_elector():
    noon = "2017-06-08T11:00:00Z"
    tendered = ballot(noon, method="tendered", elector_no=3)
    assert judged("ballots_issued", tendered, ballot(noon, issue_no=31)) == [
        ("accepted", None), ("accepted", None)
    ]  # fmt: skip


def test_a_batch_id_is_the_seat_and_digits_alone():
    paper = make_event("votes", constituency_id=A, count_batch_id=f"{A}-Bx-B0001",
                       candidate_id=f"{A}-C01", paper_no=77)  # fmt: skip
    assert judged("votes", paper) == [("rejected", "batch_of_other_seat")]


def test_an_account_of_no_dimension_is_malformed():
    account = make_event("ballot_accounts", kind="dimensions", id=A, constituency_id=MISSING)
    assert judged("ballot_accounts", account) == [("rejected", "malformed")]


def test_an_empty_log_has_no_classes():
    decoded = {topic: decode(topic, [], HOURS.closes_us) for topic in EVENTS}
    assert all(frame.is_empty() for frame in classify(decoded, HOURS).values())
    assert expect(messages_of(Log()), HOURS).live["candidate_totals"].is_empty()
