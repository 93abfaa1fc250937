"""The invented election has the published shape, and belongs to nobody."""

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from election.geography import REGION_BY_ID
from generators.scaling import scale
from generators.synthetic import make_contest
from generators.synthetic_tables import (
    CANDIDATES_A_SEAT,
    ELECTORATE_MIN,
    MEDIAN_MAJORITY,
    OTHERS,
    REGION_SHAPES,
)


@pytest.fixture(scope="module")
def contest():
    return make_contest(7)


def test_regions_have_their_seats_electors_and_turnout(contest):
    found = contest.seats.group_by("region_id").agg(
        pl.len(), pl.col("electorate").sum(), pl.col("valid_votes").sum()
    )
    by_region = {row["region_id"]: row for row in found.to_dicts()}
    for shape in REGION_SHAPES:
        row = by_region[shape.region_id]
        assert (row["len"], row["electorate"]) == (shape.seats, shape.electorate)
        assert row["valid_votes"] / row["electorate"] == pytest.approx(
            shape.turnout / 100, abs=1e-5
        )


def test_regions_vote_as_published(contest):
    votes = contest.candidates.join(
        contest.seats.select("constituency_id", "region_id"), on="constituency_id"
    )
    for shape in REGION_SHAPES:
        here = votes.filter(pl.col("region_id") == shape.region_id)
        total = here["vote_count"].sum()
        published = sum(shape.shares.values())
        for party, share in shape.shares.items():
            if party != OTHERS:
                got = here.filter(pl.col("party_abbreviation") == party)["vote_count"].sum()
                assert got / total == pytest.approx(share / published, abs=0.003), (shape, party)


def test_seats_differ_as_published(contest):
    electorates = contest.seats["electorate"]
    assert electorates.min() == ELECTORATE_MIN
    assert 3_800 < electorates.std() < 4_900
    top = contest.candidates.group_by("constituency_id").agg(
        pl.col("vote_count").sort(descending=True).head(2)
    )
    majorities = [first - second for first, second in top["vote_count"].to_list()]
    assert pl.Series(majorities).median() == pytest.approx(MEDIAN_MAJORITY, rel=0.1)
    assert min(majorities) > 0


def test_ballot_papers_are_as_long_as_published(contest):
    counts = contest.candidates.group_by("constituency_id").len()["len"].value_counts()
    assert dict(counts.sort("len").iter_rows()) == CANDIDATES_A_SEAT


def test_sums_and_winners_hold(contest):
    by_seat = contest.candidates.group_by("constituency_id").agg(
        pl.col("vote_count").sum(), pl.col("is_winner").sum()
    )
    joined = contest.seats.join(by_seat, on="constituency_id")
    assert (joined["vote_count"] == joined["valid_votes"]).all()
    assert (joined["is_winner"] == 1).all()
    assert (contest.candidates["vote_count"] > 0).all()
    assert (joined["electorate"] >= joined["valid_votes"] + joined["rejected_ballots"]).all()


def test_ids_and_names_are_invented(contest):
    shorts = {region.region_id: region.short for region in REGION_BY_ID.values()}
    for seat, region in contest.seats.select("constituency_id", "region_id").iter_rows():
        assert seat.startswith(f"SYN-{shorts[region]}-")
    assert contest.seats["name"].n_unique() == 650
    assert contest.title.startswith("Synthetic data")
    assert contest.election_id.startswith("syn.")


def test_previous_shares_are_whole_and_make_swings(contest):
    sums = contest.previous.group_by("constituency_id").agg(pl.col("share").sum())
    assert sums["share"].max() <= 1 + 1e-5
    assert contest.seats["previous_winner"].null_count() == 0
    changed = contest.seats.filter(pl.col("result_summary").str.contains("gain from")).height
    assert 20 < changed < 400


def test_the_same_seed_gives_the_same_election_and_another_does_not(contest):
    again, other = make_contest(7), make_contest(8)
    assert_frame_equal(again.candidates, contest.candidates)
    assert_frame_equal(again.seats, contest.seats)
    assert not other.candidates["vote_count"].equals(contest.candidates["vote_count"])


def test_it_scales_with_the_winner_first(contest):
    small = scale(contest, 1000)
    assert small.seats_adjusted < 60
    before = contest.candidates.filter("is_winner")["candidate_id"].to_list()
    assert small.candidates.filter("is_winner")["candidate_id"].to_list() == before
