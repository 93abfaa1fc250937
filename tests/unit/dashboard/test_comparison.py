from datetime import UTC, datetime, timedelta

import pytest
from support.fake_warehouse import FakeWarehouse
from support.scenes import CLOSES_AT, OPENS_AT, Scene

from dashboard import comparison, queries
from dashboard.panels import compare
from dashboard.panels.seat import standing

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LONDON, SCOTLAND = "E12000007", "S92000003"


@pytest.fixture(scope="module")
def reads():
    return FakeWarehouse(Scene(at=CLOSES_AT + timedelta(hours=5), now=NOW))


def region(reads, key):
    row = next(r for r in reads.ask(queries.REGION_TURNOUT).rows if r["region_id"] == key)
    changes = {
        r["party_abbreviation"]: r["share_change"]
        for r in reads.ask(queries.REGION_CHANGE, region=key).rows
    }
    return comparison.of_region(row, reads.ask(queries.REGION_PARTIES, region=key).rows, changes)


def a_seat(reads, status):
    rows = reads.ask(queries.SEATS, region="", party="", state=status, limit=1).rows
    key = rows[0]["constituency_id"]
    row = reads.ask(queries.SEAT, seat=key).row
    runs = reads.ask(queries.SEAT_CANDIDATES, seat=key).rows
    return row, runs, comparison.of_seat(row, runs, standing(row))


def country(reads):
    return comparison.of_country(reads.ask(queries.SUMMARY).row, reads.ask(queries.PARTIES).rows)


def test_a_declared_seat_has_majority_swing_and_changes(reads):
    row, runs, side = a_seat(reads, "declared")
    assert side.facts["Majority"].value == str(row["majority"])
    assert row["swing_to_party"] in side.facts["Swing"].note
    first = runs[0]
    share = side.shares[first["party_abbreviation"]]
    assert (share.share, share.change) == (first["share"], first["share_change"])
    assert not side.is_provisional


def test_a_seat_being_counted_is_provisional_and_has_no_majority(reads):
    _, _, side = a_seat(reads, "counting")
    assert side.is_provisional
    assert "Provisional" in compare.heads(side, side)
    assert side.facts["Majority"].value == "–"


def test_several_candidates_of_one_abbreviation_are_one_share_without_change(reads):
    row, runs, _ = a_seat(reads, "declared")
    doubled = [*runs, {**runs[0], "candidate_id": "again"}]
    side = comparison.of_seat(row, doubled, "")
    share = side.shares[runs[0]["party_abbreviation"]]
    assert share.share == pytest.approx(2 * runs[0]["share"])
    assert share.change is None


def test_the_change_in_a_region_is_that_of_its_candidates_weighed_by_votes(reads):
    side = region(reads, LONDON)
    seats = reads.ask(queries.SEATS, region=LONDON, party="", state="declared", limit=100).rows
    weighed, valid = 0.0, 0
    for seat in seats:
        row = reads.ask(queries.SEAT, seat=seat["constituency_id"]).row
        for run in reads.ask(queries.SEAT_CANDIDATES, seat=seat["constituency_id"]).rows:
            if run["party_abbreviation"] == "Lab" and run["share_change"] is not None:
                weighed += run["share_change"] * row["valid_votes"]
                valid += row["valid_votes"]
    assert side.shares["Lab"].change == pytest.approx(weighed / valid)


def test_pairs_hold_every_party_once_and_the_largest_first(reads):
    one, other = region(reads, LONDON), region(reads, SCOTLAND)
    paired = comparison.pairs(one, other)
    assert {p.party for p in paired} == one.shares.keys() | other.shares.keys()
    largest = [max(s.share for s in (p.one, p.other) if s) for p in paired]
    assert largest == sorted(largest, reverse=True)
    [snp] = [p for p in paired if p.party == "SNP"]
    assert snp.one is None
    assert snp.apart is None


def test_the_sentence_names_the_widest_gap(reads):
    one, other = region(reads, LONDON), region(reads, SCOTLAND)
    gaps = {p.party: abs(p.apart) for p in comparison.pairs(one, other) if p.apart is not None}
    widest = max(gaps, key=gaps.get)
    assert comparison.takeaway(one, other).startswith(f"Widest gap: {widest}, ")


def test_figures_are_shown_where_both_places_have_them(reads):
    _, _, seat = a_seat(reads, "declared")
    against_country = compare.heads(seat, country(reads))
    assert ">Swing<" in against_country
    assert ">Seats<" not in against_country
    both = compare.heads(region(reads, LONDON), region(reads, SCOTLAND))
    assert ">Seats<" in both
    assert ">Swing<" not in both


def test_the_table_holds_the_shares_of_both(reads):
    one, other = region(reads, LONDON), country(reads)
    paired = comparison.pairs(one, other)
    table = compare.pairs_table(one, other, paired)
    assert table.height == len(paired)
    assert table["London (first)"].drop_nulls().sum() == pytest.approx(1, abs=0.01)
    same = compare.pairs_table(one, one, comparison.pairs(one, one))
    assert same["difference"].abs().max() == 0


def test_shares_stand_on_both_sides_of_a_named_party(reads):
    one, other = region(reads, LONDON), region(reads, SCOTLAND)
    markup = compare.shares(one, other, comparison.pairs(one, other))
    assert "Lab in London: " in markup
    assert "Lab in Scotland: " in markup


def test_before_close_of_poll_no_share_is_known():
    reads = FakeWarehouse(Scene(at=OPENS_AT + timedelta(hours=4), now=NOW))
    for side in (region(reads, LONDON), country(reads), a_seat(reads, "embargoed")[2]):
        assert side.shares == {}
        assert "Provisional" not in compare.heads(side, side)
        assert side.facts["Majority"].value == side.facts.get("Swing", side.facts["Majority"]).value
        assert side.facts["Turnout"].value != "–"
    assert comparison.takeaway(country(reads), country(reads)) == "No vote to compare yet."
