"""One message, exactly: its row, or the first reason why it is none."""

import json

import pytest
from support.events import CANDIDATE, CLOSES_AT, MISSING, make_event, make_value

from election.judge import MAX_NESTING, judge
from election.topics import INPUT_TOPICS


def verdict(topic, value):
    return judge(topic, value, closes_at=CLOSES_AT)


def verdict_of(topic, **overrides):
    return verdict(topic, make_value(topic, **overrides))


@pytest.mark.parametrize("topic", INPUT_TOPICS)
def test_a_valid_event_is_a_row(topic):
    row = verdict_of(topic)
    assert isinstance(row, dict)
    assert row["election_id"] == "parl.2017-06-08"


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"",
        b"ballot box 17 is on its way",
        b"null",
        b"5",
        b'"text"',
        b"[]",
        b"{}",
        b"\xff\xfe",
        make_value("votes")[:-1],
        make_value("votes") + b"{}",
        b"[" + make_value("votes") + b"]",
        make_value("votes").replace(b"Con", b"C\xffn").replace(b"E14", b"E1\xff"),
        make_value("votes").replace(b'"paper_no":1', b'"paper_no":NaN'),
        make_value("votes").replace(b'"paper_no":1', b'"paper_no":Infinity'),
        b"\xef\xbb\xbf" + make_value("votes"),
        b"[" * 100_000,
        b"x" * 1_000_000,
    ],
)
def test_what_is_not_one_json_object_is_malformed(value):
    assert verdict("votes", value) == "malformed"


@pytest.mark.parametrize(
    "overrides",
    [
        {"paper_no": "7"},
        {"paper_no": 7.0},
        {"paper_no": True},
        {"paper_no": None},
        {"paper_no": MISSING},
        {"paper_no": 2**63},
        {"schema_version": "1"},
        {"constituency_id": 5},
        {"constituency_id": "e14000530"},
        {"constituency_id": "E14000530\0"},
        {"constituency_id": "E14000530\n"},
        {"constituency_id": ""},
        {"rejection_reason": "unmarked_or_void"},  # beside a candidate
        {"candidate_id": MISSING, "rejection_reason": "coffee stain"},
        {"counted_at": "2017-06-09T00:30:00"},
        {"counted_at": "2017-06-09T00:30:00+01:00"},
        {"counted_at": "2017-06-09 00:30:00Z"},
        {"counted_at": "2017-02-29T00:30:00Z"},
        {"counted_at": "2017-06-09T24:00:00Z"},
        {"counted_at": "2017-06-09T00:30:60Z"},
        {"counted_at": "2017-06-09T00:30:00.1234567Z"},
        {"counted_at": "٢٠١٧-06-09T00:30:00Z"},
        {"counted_at": 1496968200},
    ],
)
def test_a_field_must_be_exactly_what_is_declared(overrides):
    assert verdict_of("votes", **overrides) == "malformed"


def test_numbers_keep_all_their_digits():
    assert verdict_of("votes", paper_no=2**63 - 1)["paper_no"] == 2**63 - 1


@pytest.mark.parametrize("at", ["2017-06-09T00:30:00Z", "2017-06-09T00:30:00.5Z"])
def test_times_may_have_fewer_digits(at):
    assert verdict_of("votes", counted_at=at)["counted_at"].hour == 0


def test_a_paper_without_a_choice_is_a_row_for_later_stages_to_refuse():
    assert verdict_of("votes", candidate_id=MISSING)["candidate_id"] is None


@pytest.mark.parametrize(
    ("topic", "overrides"),
    [
        ("exit_poll", {"party_abbreviation": None}),
        ("exit_poll", {"refused": True}),
        ("ballots_issued", {"elector_no": None}),
        ("ballots_issued", {"method": "postal", "elector_no": MISSING}),
        ("ballot_accounts", {"constituency_id": None}),
        ("ballot_accounts", {"kind": "ward"}),
        ("constituencies", {"stations": [{"name": "Town Hall", "registered": 40}]}),
        ("constituencies", {"stations": {}}),
        ("constituencies", {"previous_shares": [{"party_abbreviation": "Con", "share": "half"}]}),
        ("candidates", {"is_incumbent": "yes"}),
        ("candidates", {"party_id": "lower"}),
        ("voters", {"voter_key": "0123"}),
        ("declarations", {"votes": None}),
    ],
)
def test_fields_that_contradict_each_other_are_malformed(topic, overrides):
    assert verdict_of(topic, **overrides) == "malformed"


def test_a_tendered_ballot_needs_no_elector():
    assert verdict_of("ballots_issued", method="tendered", elector_no=None)["issue_no"] == 1


def test_an_exit_poll_account_needs_no_seat():
    account = {"kind": "exit_poll", "id": "E12000008", "constituency_id": MISSING}
    assert verdict_of("ballot_accounts", **account)["count"] == 40


def test_unknown_fields_are_ignored_and_escapes_understood():
    value = make_value("votes", mood="good").replace(b"E14000530", b"\\u004514000530")
    row = verdict("votes", value)
    assert row["constituency_id"] == "E14000530"
    assert "mood" not in row


def test_lists_become_canonical_text():
    value = make_event("declarations")
    value["votes"] = [{"vote_count": 20, "mood": "good", "candidate_id": CANDIDATE}]
    row = verdict("declarations", json.dumps(value).encode())
    assert row["votes"] == f'[{{"candidate_id":"{CANDIDATE}","vote_count":20}}]'


def test_a_version_that_nobody_knows_is_refused():
    assert verdict_of("votes", schema_version=2) == "unknown_version"


@pytest.mark.parametrize(
    ("topic", "field"),
    [
        ("votes", "elector_no"),
        ("votes", "voter_key"),
        ("votes", "age_band"),
        ("exit_poll", "polling_station_id"),
        ("declarations", "issue_no"),
        ("voters", "candidate_id"),
        ("ballots_issued", "party_abbreviation"),
        ("ballots_issued", "voter_key"),
    ],
)
def test_elector_and_choice_never_meet(topic, field):
    assert verdict_of(topic, **{field: "x"}) == "secrecy"
    assert isinstance(verdict_of(topic, **{field: None}), dict)


@pytest.mark.parametrize("topic", ["votes", "exit_poll", "declarations"])
def test_a_choice_before_close_of_poll_is_refused(topic):
    assert verdict_of(topic, sent_at="2017-06-08T20:59:59.999999Z") == "before_close"
    assert isinstance(verdict_of(topic, sent_at="2017-06-08T21:00:00Z"), dict)


def test_the_first_reason_is_the_one_given():
    early = {"sent_at": "2017-06-08T20:00:00Z", "elector_no": 3}
    assert verdict_of("votes", **early) == "secrecy"
    assert verdict_of("votes", **early, schema_version=9) == "unknown_version"
    assert verdict_of("votes", **early, schema_version=9, paper_no="x") == "malformed"


def test_nesting_has_a_limit_that_text_does_not_count_towards():
    def nested(depth):
        return make_value("votes")[:-1] + b',"x":' + b"[" * depth + b"]" * depth + b"}"

    assert isinstance(verdict("votes", nested(MAX_NESTING - 1)), dict)
    assert verdict("votes", nested(MAX_NESTING)) == "malformed"
    assert isinstance(verdict_of("votes", mood='\\"[' * MAX_NESTING), dict)
