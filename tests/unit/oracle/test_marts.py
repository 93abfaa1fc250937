"""What the oracle makes of declarations and places, on rows written by hand."""

import orjson
import polars as pl
import pytest
from faults.oracle.declared import declared_marts
from faults.oracle.decoding import judge
from faults.oracle.places import margin_before
from faults.oracle.wire import EVENTS
from support.events import make_value

MINUTE = 60_000_000
PEOPLE = {"A-C01": ("Ann", "Lab"), "A-C02": ("Ben", "Con")}


def version(number, minute, winner, **votes):
    return {
        "constituency_id": "A", "declaration_version": number, "declared_at": minute * MINUTE + 20,
        "status": "declared" if number == 1 else "corrected", "is_latest": number == 2,
        "winner_candidate_id": winner, "is_tie": winner is None, "electorate": 16,
        "rejected_ballots": 0, "result_summary": None, "reason": None, "source": "officer",
        "votes": orjson.dumps(
            [{"candidate_id": f"A-{c}", "vote_count": n} for c, n in votes.items()]
        ).decode(),
    }  # fmt: skip


def told(*versions):
    live = {
        "seats": pl.DataFrame([{"constituency_id": "A", "name": "Ayr", "region_id": "R",
                                "region_name": "Region", "previous_winner": "Con"}]),
        "nominations": pl.DataFrame([{"candidate_id": c, "name": n, "party_abbreviation": p}
                                     for c, (n, p) in PEOPLE.items()]),
    }  # fmt: skip
    return declared_marts(pl.DataFrame(list(versions)), live)


def over_time(*versions):
    rows = told(*versions)["results_over_time"].sort("election_minute_at", "party_abbreviation")
    return rows.select(
        pl.col("election_minute_at") // MINUTE, "party_abbreviation", "seats_to_date",
        "votes_to_date", "seats_declared_to_date",
    ).rows()  # fmt: skip


def test_a_correction_moves_votes_and_seat_from_its_own_minute_on():
    corrected = version(2, 9, "A-C02", C01=3, C02=5)
    assert over_time(version(1, 5, "A-C01", C01=6, C02=2), corrected) == [
        (5, "Con", 0, 2, 1), (5, "Lab", 1, 6, 1), (9, "Con", 1, 5, 1), (9, "Lab", 0, 3, 1),
    ]  # fmt: skip


def test_a_party_that_a_correction_does_not_name_loses_what_it_had():
    assert over_time(version(1, 5, "A-C01", C01=6, C02=2), version(2, 9, "A-C02", C02=8)) == [
        (5, "Con", 0, 2, 1), (5, "Lab", 1, 6, 1), (9, "Con", 1, 8, 1), (9, "Lab", 0, 0, 1),
    ]  # fmt: skip


def test_the_feed_tells_the_newest_first_and_says_what_was_corrected():
    feed = told(version(1, 5, "A-C01", C01=1600, C02=200), version(2, 9, None, C01=900, C02=900))
    rows = feed["declarations_feed"].sort("feed_position").select(
        "declaration_version", "headline", "winner_party", "second_party", "majority"
    )  # fmt: skip
    assert rows.rows() == [
        (2, "Ayr: tie (corrected)", None, "Con", 0),
        (1, "Ayr: Lab gain from Con, majority 1,400", "Lab", "Con", 1400),
    ]


@pytest.mark.parametrize(
    ("shares", "margin"),
    [({"Con": 0.5, "Lab": 0.25}, 0.25), ({"Ind": 0.75, "Lab": 0.125, "Con": 0.0625}, 0.0625),
     ({"Lab": 0.5}, None), ({}, None)],
)  # fmt: skip
def test_who_is_nobodys_party_has_no_part_in_the_margin_before(shares, margin):
    listed = [{"party_abbreviation": party, "share": share} for party, share in shares.items()]
    assert margin_before(orjson.dumps(listed).decode()) == margin


def test_what_was_sent_again_for_a_newer_reader_has_a_version_that_is_known():
    value, event = make_value("ballots_issued", schema_version=99), EVENTS["ballots_issued"]
    assert judge(event, value, 0) == "unknown_version"
    assert judge(event, value, 0, any_version=True)["schema_version"] == 99
