"""What a sink shows beside what the ledgers say: every row that is not the same has a line."""

import json
from datetime import UTC, datetime

from election.tables import ANALYTICS, FACTS
from spark.sinks.shown import differing_results, differing_rows
from spark.tally.comparison import MOST_LINES

TABLE = ANALYTICS["candidate_totals"]
NAME = "analytics.candidate_totals"


def row(candidate="A-C01", votes=7, **more):
    return {
        "night_id": "n", "constituency_id": "A", "candidate_id": candidate, "region_id": "R",
        "party_abbreviation": "Con", "vote_count": votes, "election_id": "e",
        "polling_date": "2017-06-08", "as_of": datetime.now(UTC), "ledger_version": 1, **more,
    }  # fmt: skip


def result(key, **value):
    return {"key": json.dumps(key).encode(), "value": json.dumps(value).encode()}


def test_equal_rows_have_no_line_whenever_they_were_written():
    assert differing_rows(TABLE, [row()], [row(ledger_version=9)]) == []


def test_a_spoilt_a_missing_and_a_stale_row_are_told_apart():
    held = [row(votes=99), row("A-C03")]
    assert differing_rows(TABLE, held, [row(), row("A-C02")]) == [
        f"{NAME}, A/A-C01: vote_count 99, not 7",
        f"{NAME}, A/A-C02: is missing",
        f"{NAME}, A/A-C03: should not be there",
    ]


def test_times_and_json_are_compared_by_what_they_mean():
    table = FACTS["declaration_versions"]
    common = dict.fromkeys((c.name for c in table.columns), "same")
    at = datetime(2017, 6, 9, 2, tzinfo=UTC)
    held = common | {"declared_at": at, "votes": [{"vote_count": 1}]}
    told = common | {"declared_at": "2017-06-09T02:00:00.000000Z", "votes": '[{"vote_count":1}]'}
    assert differing_rows(table, [held], [told]) == []


def test_many_lines_are_cut_and_counted():
    lines = differing_rows(TABLE, [row(f"A-C{n}") for n in range(MOST_LINES + 5)], [])
    assert len(lines) == MOST_LINES + 1 and lines[-1] == f"{NAME}: 5 more"


def test_keys_of_results_that_the_ledgers_do_not_have_must_go():
    right = result(["t", "A"], votes=1, as_of="now")
    held = {right["key"]: b'{"votes":1,"as_of":"then"}', b'["t","B"]': b'{"votes":2}'}
    lines, stale = differing_results(held, [right])
    assert stale == [b'["t","B"]']
    assert lines == ["results, t/B: should not be there"]


def test_what_a_stranger_wrote_into_results_goes_too():
    lines, stale = differing_results({b"?": b"?"}, [])
    assert stale == [b"?"] and len(lines) == 1


def test_a_value_of_results_that_differs_is_named():
    right = result(["t", "A"], votes=1)
    assert differing_results({right["key"]: b'{"votes":3}'}, [right])[0] == [
        "results, t/A: votes 3, not 1"
    ]
