from datetime import UTC, datetime, timedelta

import pytest
from support.scene_marts import marts_of
from support.scenes import CLOSES_AT, OPENS_AT, Scene

from dashboard.panels import feed, national, pipeline, places, seat
from dashboard.panels.markup import bar_part, esc, seat_link, seat_tag, table

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def counting():
    return marts_of(Scene(at=CLOSES_AT + timedelta(hours=5), now=NOW))


@pytest.fixture(scope="module")
def polling():
    return marts_of(Scene(at=OPENS_AT + timedelta(hours=4), now=NOW))


class Row(dict):
    """A row whose missing columns are NULL."""

    def __missing__(self, key):
        return None


def rows(marts, mart):
    return [Row(row) for row in marts[mart]]


def test_markup_cannot_come_from_data():
    assert esc('<img src=x onerror="x">') == "&lt;img src=x onerror=&quot;x&quot;&gt;"
    assert seat_link('E1" onclick="x', "<b>") == (
        '<a href="seats?seat=E1%22%20onclick%3D%22x" target="_self">&lt;b&gt;</a>'
    )
    assert "javascript" not in bar_part(0.5, 'red" style="javascript')


def test_states_of_a_seat_never_look_alike():
    tags = {seat_tag(s) for s in ("counting", "declared", "corrected", "pending_correction")}
    kinds = {tag.split('"')[1] for tag in tags}
    assert len(tags) == len(kinds) == 4


def test_wide_columns_are_marked():
    assert 'class="r wide"' in table(("a",), [("1",)], right=(0,), wide=(0,))


def test_a_leader_is_never_called_a_winner(counting):
    leading = next(s for s in rows(counting, "constituency_results") if s["status"] == "counting")
    assert "leading by" in seat.standing(leading)
    assert "provisional" in seat.standing(leading)
    assert not {"win", "hold", "gain", "majority"} & set(seat.standing(leading).split())


def test_a_declared_seat_says_holder_and_majority(counting):
    declared = next(s for s in rows(counting, "constituency_results") if s["status"] == "declared")
    assert f"majority {declared['majority']}" in seat.standing(declared)
    assert declared["declared_winner_name"] in seat.standing(declared)


def test_a_tie_is_said_to_be_a_tie(counting):
    declared = next(s for s in rows(counting, "constituency_results") if s["status"] == "declared")
    assert "tied" in seat.standing(Row({**declared, "is_tie": True}))


def test_before_close_of_poll_no_panel_names_a_party_number(polling):
    [night] = rows(polling, "national_summary")
    [*candidates] = rows(polling, "candidate_results")
    one = next(s for s in rows(polling, "constituency_results"))
    there = [c for c in candidates if c["constituency_id"] == one["constituency_id"]]
    markup = seat.race(one, there) + seat.header(one) + seat.numbers(one)
    assert "withheld" in markup
    assert "Leading" not in markup
    assert "Elected" not in markup
    assert all(">–<" in part for part in markup.split('data-fact="votes"')[1:])
    assert "22:00 BST" in national.embargo(night)


def test_the_scoreboard_shows_declared_seats_and_leads_apart(counting):
    parties = rows(counting, "party_results")
    markup = national.scoreboard(parties)
    first = parties[0]
    assert f'data-fact="seats">{first["seats_declared"]}</b>' in markup
    assert f"leading in {first['seats_leading']} more" in markup
    assert markup.count("<article") == national.CARDS + 1


def test_the_last_card_holds_all_others(counting):
    parties = rows(counting, "party_results")
    rest = parties[national.CARDS :]
    markup = national.scoreboard(parties).split('data-party="others"')[1]
    assert f'data-fact="seats">{sum(p["seats_declared"] for p in rest)}</b>' in markup


def test_the_house_hatches_what_is_only_leading(counting):
    [night] = rows(counting, "national_summary")
    markup = national.house(night, rows(counting, "party_results"))
    assert 'class="lead"' in markup
    assert "326 for a majority" in markup


def test_a_correction_looks_different_and_gives_its_reason(counting):
    corrected = [d for d in rows(counting, "declarations_feed") if d["status"] == "corrected"]
    markup = feed.feed(corrected[:1])
    assert "Corrected (version 2)" in markup
    assert "two bundles were transposed" in markup


def test_turnout_by_region_keeps_both_bases_apart(counting):
    markup = places.region_turnout(rows(counting, "regional_turnout"))
    assert "ballots issued ÷ register" in markup
    assert "valid votes ÷ electorate" in markup
    assert " of 75</span>" in markup


def test_region_cards_withhold_seats_before_close_of_poll(polling):
    cards = places.region_cards(
        rows(polling, "regional_turnout"), rows(polling, "regional_results"), embargoed=True
    )
    assert cards.count("Votes withheld") == 12


def test_every_hop_of_a_partition_says_its_offsets_and_what_it_is_behind(counting):
    held = [r for r in rows(counting, "conservation") if r["topic"] == "votes"]
    shown = pipeline.held_by_stage(held)
    assert shown.count("0-1,000") == 2 * 6 and "4 batches" in shown and "behind<" not in shown
    spark = next(r for r in held if r["stage"] == "spark")
    spark["next_offset"] = 940
    assert "4 batches, 60 behind" in pipeline.held_by_stage(held)
    spark["unaccounted"] = 3
    assert "3 unaccounted" in pipeline.held_by_stage(held)


@pytest.mark.parametrize(
    ("outcome", "said"), [("pass", "newest"), ("fail", "last good: a later check failed")]
)
def test_the_published_edition_says_whether_it_is_the_newest(outcome, said):
    scene = Scene(at=CLOSES_AT + timedelta(hours=5), now=NOW, outcome=outcome)
    [published] = rows(marts_of(scene), "publication")
    shown = pipeline.edition(published)
    assert said in shown and '<b class="num">7</b>' in shown and "numbers as of" in shown
    for nothing in (None, Row()):
        assert "Nothing has been published yet" in pipeline.edition(nothing)
